//! Files that include others.

use sinew_robot::load;

use super::Folder;

#[test]
fn files_include_each_other_from_their_own_folders() {
    let folder = Folder::new();
    folder.put(
        "parts/leg.xml",
        r#"<mujocoinclude><body name="b"><joint name="j"/><geom size="0.1"/><include file="toe.xml"/></body></mujocoinclude>"#,
    );
    folder.put("parts/toe.xml", r#"<mujocoinclude><site name="toe"/></mujocoinclude>"#);
    let scene = folder.put(
        "scene.xml",
        r#"<mujoco><worldbody><body name="a"><freejoint/><geom size="0.1"/><include file="parts/leg.xml"/></body>
        </worldbody></mujoco>"#,
    );
    let model = load(&scene).unwrap();
    assert_eq!(model.site("toe").unwrap().0, 1);
}

#[test]
fn a_circle_of_inclusions_is_refused_by_name() {
    let folder = Folder::new();
    let scene = folder.put("scene.xml", r#"<mujoco><include file="one.xml"/></mujoco>"#);
    folder.put("one.xml", r#"<mujoco><include file="two.xml"/></mujoco>"#);
    folder.put("two.xml", r#"<mujoco><include file="one.xml"/></mujoco>"#);
    let error = load(&scene).unwrap_err().to_string();
    assert!(
        error.contains("two.xml") && error.contains("\"one.xml\" includes itself"),
        "{error}"
    );
    let alone = folder.put("alone.xml", r#"<mujoco><include file="alone.xml"/></mujoco>"#);
    assert!(load(&alone).unwrap_err().to_string().contains("includes itself"));
    let lost = folder.put("lost.xml", r#"<mujoco><include file="nowhere.xml"/></mujoco>"#);
    assert!(load(&lost).unwrap_err().to_string().contains("nowhere.xml"));
}

#[test]
fn files_that_include_without_end_are_refused() {
    let folder = Folder::new();
    let twice = |k: usize| format!(r#"<mujoco><include file="{k}.xml"/><include file="{k}.xml"/></mujoco>"#);
    let first = folder.put("0.xml", twice(1));
    for k in 1..12 {
        folder.put(&format!("{k}.xml"), twice(k + 1));
    }
    folder.put("12.xml", "<mujoco/>");
    let error = load(&first).unwrap_err().to_string();
    assert!(error.contains("256 inclusions"), "{error}");
}
