use std::collections::BTreeMap;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct Finger {
    #[schemars(range(min = 0.5, max = 20.0))]
    force_n: f64,
    #[schemars(range(max = 8))]
    joints: u32,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "kind")]
enum Colour {
    Grey { level: f64 },
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Reach {
    #[schemars(extend("exclusiveMinimum" = 0.0, "exclusiveMaximum" = 2.0))]
    reach_m: f64,
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 3))]
    bends: i8,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Hand {
    thumb: Finger,
    fingers: Vec<Finger>,
    next: Option<Finger>,
    #[schemars(range(min = 0.1, max = 0.7))]
    share: Option<f64>,
    #[schemars(range(min = 0.1, max = 0.7))]
    grip: f32,
    #[schemars(range(min = -3))]
    offset: i64,
    seed: u64,
    #[schemars(range(min = f64::MIN, max = f64::MAX))]
    heat: f64,
    weight: f64,
    #[schemars(inner(range(max = 15)))]
    ports: Vec<u16>,
    #[schemars(inner(range(min = -1.0, max = 1.0)))]
    axis: [f64; 3],
    #[serde(flatten)]
    reach: Reach,
    colour: Colour,
    gains: BTreeMap<String, f64>,
    model: PathBuf,
}

fn finger() -> Finger {
    Finger {
        force_n: 5.0,
        joints: 3,
    }
}

fn hand() -> Hand {
    Hand {
        thumb: finger(),
        fingers: vec![finger(); 2],
        next: None,
        share: None,
        grip: 0.5,
        offset: 0,
        seed: u64::MAX,
        heat: 0.0,
        weight: f64::INFINITY,
        ports: vec![1, 2],
        axis: [0.0; 3],
        reach: Reach { reach_m: 1.0, bends: 1 },
        colour: Colour::Grey { level: f64::NAN },
        gains: BTreeMap::from([("kp".to_owned(), f64::NAN)]),
        model: PathBuf::new(),
    }
}

type Change = fn(&mut Hand);

#[test]
fn what_is_outside_is_named_with_what_was_expected() {
    let cases: [(Change, &str); 15] = [
        (
            |hand| hand.thumb.force_n = 0.4,
            "`thumb.force_n`: expected double from 0.5 to 20.0, found 0.4",
        ),
        (
            |hand| hand.thumb.force_n = f64::NAN,
            "`thumb.force_n`: expected double from 0.5 to 20.0, found NaN",
        ),
        (
            |hand| hand.thumb.joints = 9,
            "`thumb.joints`: expected integer from 0 to 8, found 9",
        ),
        (
            |hand| hand.fingers[1].joints = 9,
            "`fingers[1].joints`: expected integer from 0 to 8, found 9",
        ),
        (
            |hand| hand.next = Some(Finger { joints: 9, ..finger() }),
            "`next.joints`: expected integer from 0 to 8, found 9",
        ),
        (
            |hand| hand.share = Some(0.8),
            "`share`: expected double from 0.1 to 0.7, found 0.8",
        ),
        (
            |hand| hand.share = Some(f64::NAN),
            "`share`: expected double from 0.1 to 0.7, found NaN",
        ),
        (
            |hand| hand.grip = 0.8,
            "`grip`: expected double from 0.1 to 0.7, found 0.8",
        ),
        (
            |hand| hand.offset = -4,
            "`offset`: expected integer from -3 to 9223372036854775807, found -4",
        ),
        (
            |hand| hand.heat = f64::INFINITY,
            "`heat`: expected finite double, found inf",
        ),
        (
            |hand| hand.ports[1] = 16,
            "`ports`: expected integer array from 0 to 15, found 16",
        ),
        (
            |hand| hand.axis[2] = -1.5,
            "`axis`: expected double array from -1.0 to 1.0, found -1.5",
        ),
        (
            |hand| hand.reach.reach_m = 0.0,
            "`reach_m`: expected double from 5e-324 to 1.9999999999999998, found 0.0",
        ),
        (
            |hand| hand.reach.bends = 0,
            "`bends`: expected integer from 1 to 2, found 0",
        ),
        (
            |hand| hand.reach.bends = 3,
            "`bends`: expected integer from 1 to 2, found 3",
        ),
    ];
    for (change, said) in cases {
        let mut changed = hand();
        change(&mut changed);
        assert_eq!(check(&changed).unwrap_err().to_string(), said);
    }
}

#[test]
fn ends_belong_to_the_range_and_what_has_none_may_be_anything() {
    assert_eq!(check(&hand()), Ok(()));
    let cases: [Change; 8] = [
        |hand| hand.thumb.force_n = 0.5,
        |hand| hand.thumb.force_n = 20.0,
        |hand| hand.thumb.joints = 8,
        |hand| hand.share = Some(0.7),
        |hand| hand.grip = 0.1,
        |hand| hand.grip = 0.7,
        |hand| hand.heat = f64::MAX,
        |hand| hand.ports.clear(),
    ];
    for change in cases {
        let mut changed = hand();
        change(&mut changed);
        assert_eq!(check(&changed), Ok(()), "{changed:?}");
    }
}

#[test]
fn a_name_can_be_put_under_another() {
    let outside = check(&Finger { joints: 9, ..finger() }).unwrap_err();
    assert_eq!(outside.within("thumb").name, "thumb.joints");
}

#[cfg(unix)]
#[test]
fn what_has_no_range_need_not_serialise() {
    use std::os::unix::ffi::OsStringExt;
    let model = std::ffi::OsString::from_vec(vec![0xff]).into();
    assert_eq!(check(&Hand { model, ..hand() }), Ok(()));
}

proptest! {
    #[test]
    fn a_number_is_taken_where_it_is_in_its_range(force_n in any::<f64>(), joints in any::<u32>(), axis in any::<[f64; 3]>()) {
        let hand = Hand { thumb: Finger { force_n, joints }, axis, ..hand() };
        let is_in = (0.5..=20.0).contains(&force_n) && joints <= 8 && axis.iter().all(|x| (-1.0..=1.0).contains(x));
        prop_assert_eq!(check(&hand).is_ok(), is_in);
    }
}
