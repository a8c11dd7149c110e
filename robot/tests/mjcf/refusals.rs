//! What cannot be simulated, and values that cannot be.

use super::{parse, robot};

fn refused(text: &str, words: &[&str]) {
    let Err(error) = parse(text) else {
        panic!("it was accepted: {text}");
    };
    assert!(error.contains("r.xml"), "the file is not named: {error}");
    for word in words {
        assert!(error.contains(word), "{word} is not in: {error}");
    }
}

#[test]
fn what_cannot_be_simulated_is_refused_by_name() {
    for (text, words) in [
        (
            robot(r#"<body><joint type="ball"/></body>"#, ""),
            vec!["ball", "hinges"],
        ),
        (
            robot("", r#"<equality><weld name="w" body1="a" body2="b"/></equality>"#),
            vec!["<weld name=\"w\">", "equality"],
        ),
        (
            robot(
                "",
                r#"<equality><connect body1="a" body2="b" anchor="0 0 0"/></equality>"#,
            ),
            vec!["<connect>", "equality"],
        ),
        (
            robot(
                "",
                r#"<tendon><fixed name="t" stiffness="3"><joint joint="j" coef="1"/></fixed></tendon>"#,
            ),
            vec!["<fixed name=\"t\">", "tendons that pull"],
        ),
        (
            robot("", r#"<actuator><motor tendon="t"/></actuator>"#),
            vec!["<motor>", "`joint`", "tendons"],
        ),
        (
            robot("", r#"<actuator><muscle joint="j"/></actuator>"#),
            vec!["<muscle>", "<motor>"],
        ),
        (robot(r#"<replicate count="2"/>"#, ""), vec!["<replicate>"]),
        (robot(r#"<attach model="m"/>"#, ""), vec!["<attach>"]),
        (robot(r#"<composite type="rope"/>"#, ""), vec!["<composite>"]),
        (robot(r#"<flexcomp name="f"/>"#, ""), vec!["<flexcomp name=\"f\">"]),
        (
            robot("", r#"<deformable><flex name="f"/></deformable>"#),
            vec!["<deformable>"],
        ),
        (
            robot("", r#"<extension><plugin plugin="p"/></extension>"#),
            vec!["<extension>"],
        ),
        (
            robot(r#"<geom type="hfield" hfield="h"/>"#, ""),
            vec!["type", "hfield", "height fields"],
        ),
        (robot(r#"<geom type="sdf"/>"#, ""), vec!["type", "sdf"]),
        (
            robot(r#"<frame><joint name="k"/></frame>"#, ""),
            vec!["<joint name=\"k\">", "not supported here"],
        ),
        (
            robot(r#"<joint name="k" springdamper="1 1"/>"#, ""),
            vec!["springdamper"],
        ),
        (
            robot(r#"<geom size="1" shellinertia="true"/>"#, ""),
            vec!["shellinertia"],
        ),
        (
            robot("", r#"<option><flag contact="disable"/></option>"#),
            vec!["<flag>", "contact", "enable"],
        ),
        (
            robot(r#"<body><freejoint/><geom size="1"/></body>"#, ""),
            vec!["several free joints"],
        ),
    ] {
        refused(&text, &words);
    }
}

#[test]
fn values_that_cannot_be_are_refused_with_what_was_expected() {
    for (text, words) in [
        (
            robot(r#"<geom size="0"/>"#, ""),
            vec!["<geom>", "`size`", "above 0", "\"0\""],
        ),
        (robot(r#"<geom size="NaN"/>"#, ""), vec!["`size`", "finite", "NaN"]),
        (robot(r#"<geom size="1e300"/>"#, ""), vec!["`size`", "1e300"]),
        (
            robot(r#"<geom size="1" quat="0 0 0 0"/>"#, ""),
            vec!["`quat`", "not zero", "0 0 0 0"],
        ),
        (
            robot(r#"<geom size="1" pos="1 2"/>"#, ""),
            vec!["`pos`", "3 finite numbers"],
        ),
        (
            robot(r#"<geom type="capsule" size="1" fromto="0 0 0 0 0 0"/>"#, ""),
            vec!["`fromto`", "two different points"],
        ),
        (
            robot(r#"<geom size="1" class="none"/>"#, ""),
            vec!["`class`", "default class", "\"none\""],
        ),
        (
            robot(r#"<geom type="mesh" mesh="m"/>"#, ""),
            vec!["`mesh`", "<asset>", "\"m\""],
        ),
        (
            robot(r#"<geom size="1" contype="-1"/>"#, ""),
            vec!["`contype`", "whole number"],
        ),
        (
            robot(r#"<geom size="1" friction="-1"/>"#, ""),
            vec!["`friction`", "at least 0"],
        ),
        (
            robot(r#"<joint name="k" axis="0 0 0"/>"#, ""),
            vec!["`axis`", "not zero"],
        ),
        (
            robot(r#"<joint name="k" range="2 1"/>"#, ""),
            vec!["`range`", "lower first", "\"2 1\""],
        ),
        (
            robot(r#"<joint name="k" limited="true"/>"#, ""),
            vec!["`range`", "given"],
        ),
        (robot(r#"<joint name="j"/>"#, ""), vec!["\"j\"", "same name"]),
        (
            robot(r#"<inertial mass="-1" diaginertia="1 1 1"/>"#, ""),
            vec!["<inertial>", "`mass`", "at least 0"],
        ),
        (
            robot(r#"<inertial mass="1" diaginertia="1 1 5"/>"#, ""),
            vec!["`diaginertia`", "sum of the other two"],
        ),
        (
            robot(r#"<inertial mass="1"/>"#, ""),
            vec!["`diaginertia`", "fullinertia"],
        ),
        (
            robot("", r#"<actuator><motor joint="none"/></actuator>"#),
            vec!["<motor>", "`joint`", "\"none\""],
        ),
        (
            robot("", r#"<actuator><motor joint="j" gear="0"/></actuator>"#),
            vec!["`gear`", "not zero"],
        ),
        (
            robot("", r#"<actuator><position joint="j" forcerange="1 2"/></actuator>"#),
            vec!["`forcerange`", "zero inside"],
        ),
        (
            robot("", r#"<actuator><general joint="j" biastype="muscle"/></actuator>"#),
            vec!["`biastype`", "affine"],
        ),
        (
            robot("", r#"<contact><pair geom1="ga" geom2="none"/></contact>"#),
            vec!["<pair>", "`geom2`", "\"none\""],
        ),
        (
            robot("", r#"<contact><exclude body1="a" body2="none"/></contact>"#),
            vec!["<exclude>", "`body2`", "\"none\""],
        ),
        (
            robot("", r#"<keyframe><key name="k" qpos="0 0 0"/></keyframe>"#),
            vec!["<key name=\"k\">", "`qpos`", "8 finite numbers"],
        ),
        (
            robot("", r#"<compiler angle="turns"/>"#),
            vec!["<compiler>", "`angle`", "radian", "turns"],
        ),
        (
            robot("", r#"<compiler eulerseq="xy"/>"#),
            vec!["`eulerseq`", "three letters"],
        ),
        (
            robot("", r#"<compiler coordinate="global"/>"#),
            vec!["`coordinate`", "local"],
        ),
        (robot("", "<default><default/></default>"), vec!["`class`", "name"]),
        (
            robot("", r#"<default><default class="c"/><default class="c"/></default>"#),
            vec!["\"c\"", "exists already"],
        ),
        (
            robot("", r#"<asset><mesh name="m"/></asset>"#),
            vec!["<mesh name=\"m\">", "`file`"],
        ),
        (
            robot("", r#"<option gravity="0 0 down"/>"#),
            vec!["<option>", "`gravity`", "down"],
        ),
        (
            robot("", "<nonsense><x/></nonsense>"),
            vec!["<nonsense>", "not supported"],
        ),
        ("<mujoco><worldbody/></mujoco>".to_owned(), vec!["no joint"]),
        ("<sdf/>".to_owned(), vec!["<mujoco>", "<robot>"]),
        ("<mujoco>".to_owned(), vec!["well-formed"]),
        (
            r#"<mujoco><worldbody><body name="a"><joint name="j"/></body></worldbody></mujoco>"#.to_owned(),
            vec!["\"a\"", "mass"],
        ),
    ] {
        refused(&text, &words);
    }
}
