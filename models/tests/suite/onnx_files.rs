//! The ONNX reader against real bytes, broken bytes and random bytes.

use proptest::prelude::*;
use sinew_models::onnx::{Dim, OnnxModel, with_metadata};

use crate::build::{mlp, recurrent};
use crate::support::shared_robot;

#[test]
fn inputs_outputs_and_shapes_are_read() {
    let model = OnnxModel::parse(&recurrent().model()).unwrap();
    let names: Vec<_> = model.inputs.iter().map(|input| input.name.as_str()).collect();
    assert_eq!(names, ["obs", "a_in", "b_in"]);
    assert_eq!(model.inputs[1].dims, [Dim::Fixed(1), Dim::Fixed(1), Dim::Fixed(3)]);
    assert_eq!(model.outputs[0].name, "actions");
    assert!(!model.external_data);
}

#[test]
fn weights_that_stand_among_the_inputs_are_not_inputs() {
    let graph = mlp(&[3, 2]).input("w0", &[3.into(), 2.into()]);
    assert_eq!(OnnxModel::parse(&graph.model()).unwrap().inputs.len(), 1);
}

#[test]
fn metadata_is_replaced_and_every_other_byte_kept() {
    let original = mlp(&[3, 8, 2]).model();
    let once = with_metadata(&original, &[("a", "1"), ("b", "2")]).unwrap();
    assert!(once.starts_with(&original));
    let twice = with_metadata(&once, &[("a", "é, \"x\"")]).unwrap();
    assert!(twice.starts_with(&original));
    let metadata = OnnxModel::parse(&twice).unwrap().metadata;
    assert_eq!(
        metadata.into_iter().collect::<Vec<_>>(),
        [
            ("a".to_owned(), "é, \"x\"".to_owned()),
            ("b".to_owned(), "2".to_owned())
        ]
    );
}

#[test]
fn exported_models_are_read() {
    for robot in [
        "berkeley_humanoid",
        "unitree_g1",
        "unitree_go1",
        "unitree_rl_lab_g1_velocity",
    ] {
        let Some(folder) = shared_robot(robot) else { return };
        let bytes = std::fs::read(folder.join("policy.onnx")).unwrap();
        let model = OnnxModel::parse(&bytes).unwrap();
        assert_eq!((model.inputs.len(), model.outputs.len()), (1, 1), "{robot}");
        assert_eq!(model.bad_weight, None, "{robot}");
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = OnnxModel::parse(&bytes);
        let _ = with_metadata(&bytes, &[("key", "value")]);
    }

    #[test]
    fn truncated_models_are_refused(cut in 1usize..400) {
        let model = mlp(&[3, 8, 2]).model();
        let opset_len = 6;
        prop_assume!(cut > opset_len && cut < model.len());
        prop_assert!(OnnxModel::parse(&model[..model.len() - cut]).is_err());
    }

    #[test]
    fn mutated_models_never_panic(changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..20)) {
        let mut model = recurrent().model();
        for (at, byte) in changes {
            let at = at.index(model.len());
            model[at] = byte;
        }
        let _ = OnnxModel::parse(&model);
        let _ = with_metadata(&model, &[("key", "value")]);
    }
}
