//! Execution providers against the real library, whichever providers it has.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sinew_control::contract::GoldenVector;
use sinew_models::LoadError;
use sinew_models::network::{Network, NetworkError, Values};
use sinew_models::providers::{Precision, Provider, ProviderError, ProviderOptions, SessionOptions, try_provider};
use sinew_models::runtime::runtime;
use tempfile::TempDir;

use crate::build::{Graph, INT64, mlp};
use crate::support::{assert_says, contract, load as load_policy, model_file, runtime_minor, write_bytes, write_model};

fn on(providers: &[Provider]) -> SessionOptions {
    SessionOptions {
        providers: ProviderOptions {
            providers: providers.to_vec(),
            ..ProviderOptions::default()
        },
        ..SessionOptions::default()
    }
}

fn strictly(providers: &[Provider]) -> SessionOptions {
    let mut options = on(providers);
    options.providers.strict = true;
    options
}

fn load(file: &Path, options: &SessionOptions) -> Result<Network, NetworkError> {
    Network::load(&model_file(file), options)?.bind(&[vec![1, 16]])
}

fn small(folder: &TempDir) -> PathBuf {
    write_model(folder, "small.onnx", &mlp(&[16, 32, 4]))
}

/// Providers that do not work on this machine; said aloud where all do.
fn broken() -> Vec<Provider> {
    let broken: Vec<_> = Provider::ALL
        .into_iter()
        .filter(|provider| try_provider(*provider).is_err())
        .collect();
    if broken.is_empty() {
        println!("skipped: every provider works here");
    }
    broken
}

#[test]
fn the_cpu_always_works() {
    try_provider(Provider::Cpu).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let network = load(&small(&folder), &SessionOptions::default()).unwrap();
    let provision = network.provision();
    assert_eq!(provision.used, Provider::Cpu);
    assert!(provision.failed.is_empty());
    // An older runtime does not tell.
    assert_eq!(provision.nodes.is_some(), runtime_minor() >= 24, "{provision:?}");
    if let Some([own, all]) = provision.nodes {
        assert!(own == all && all > 0, "{provision:?}");
    }
}

#[test]
fn what_the_library_lacks_does_not_work_and_the_reason_names_it() {
    let built_with = &runtime().unwrap().providers;
    for provider in Provider::ALL {
        if built_with.iter().any(|name| name == provider.runtime_name()) {
            continue;
        }
        let failure = try_provider(provider).unwrap_err();
        assert_eq!(failure.provider, provider);
        let said = failure.reason.to_lowercase();
        assert!(said.contains(provider.name()), "{failure}");
        // The runtime's words, not ours.
        let says_so = ["is not enabled in this build", "not supported", "failed to load"];
        assert!(says_so.iter().any(|words| said.contains(words)), "{failure}");
    }
}

#[test]
fn a_provider_that_fails_is_reported_and_the_next_one_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = small(&folder);
    let broken = broken();
    let mut asked = broken.clone();
    asked.push(Provider::Cpu);
    let mut fallen = load(&file, &on(&asked)).unwrap();
    let provision = fallen.provision().clone();
    assert_eq!(provision.used, Provider::Cpu);
    let failed: Vec<_> = provision.failed.iter().map(|failure| failure.provider).collect();
    assert_eq!(failed, broken);
    assert!(provision.failed.iter().all(|failure| !failure.reason.is_empty()));
    let mut plain = load(&file, &SessionOptions::default()).unwrap();
    let answer = |network: &mut Network| match network.run().unwrap().get(0).unwrap().values {
        Values::F32(values) => values.to_vec(),
        other => panic!("{other:?}"),
    };
    assert_eq!(answer(&mut fallen), answer(&mut plain));
}

#[test]
fn strict_refuses_to_fall_back_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = small(&folder);
    for provider in broken() {
        let reason = try_provider(provider).unwrap_err().reason;
        let error = load(&file, &strictly(&[provider, Provider::Cpu])).unwrap_err();
        assert!(matches!(
            error,
            NetworkError::Providers {
                cause: ProviderError::Strict(_),
                ..
            }
        ));
        assert_says(error, &["small.onnx", "strict", provider.name(), &reason]);
    }
    load(&file, &strictly(&[Provider::Cpu])).unwrap();
}

#[test]
fn without_the_cpu_all_can_fail_and_each_is_listed() {
    let broken = broken();
    let folder = tempfile::tempdir().unwrap();
    if broken.is_empty() {
        return;
    }
    let error = load(&small(&folder), &on(&broken)).unwrap_err();
    let mut parts = vec!["small.onnx", "no provider works"];
    parts.extend(broken.iter().map(|provider| provider.name()));
    assert_says(error, &parts);
}

#[test]
fn a_model_that_the_runtime_refuses_is_refused_as_ever() {
    let folder = tempfile::tempdir().unwrap();
    let graph = mlp(&[16, 4]).node("NoSuchOperator", &["obs"], &["more"]);
    let file = write_model(&folder, "strange.onnx", &graph);
    let error = load(&file, &SessionOptions::default()).unwrap_err();
    assert!(matches!(error, NetworkError::Session { .. }));
    assert_says(error, &["strange.onnx", "NoSuchOperator"]);
}

#[test]
fn a_model_that_fails_in_its_first_run_works_on_no_provider() {
    let folder = tempfile::tempdir().unwrap();
    // The ninth of four weights.
    let graph = Graph::default()
        .typed_input("obs", INT64, &[1.into(), 16.into()])
        .output("actions", &[1.into(), 16.into()])
        .integers("nine", &[9])
        .weight("weights", &[4], &[1.0; 4])
        .node("Add", &["obs", "nine"], &["indices"])
        .node("Gather", &["weights", "indices"], &["actions"]);
    let file = write_model(&folder, "beyond.onnx", &graph);
    let error = load(&file, &SessionOptions::default()).unwrap_err();
    assert!(matches!(error, NetworkError::Session { .. }));
    assert_says(error, &["beyond.onnx", "idx=9"]);
    let mut asked = broken();
    if !asked.is_empty() {
        asked.push(Provider::Cpu);
        let error = load(&file, &on(&asked)).unwrap_err();
        assert_says(error, &["no provider works", asked[0].name(), "cpu", "idx=9"]);
    }
}

#[test]
fn options_that_nobody_would_follow_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = small(&folder);
    let refused = |options: ProviderOptions| {
        let options = SessionOptions {
            providers: options,
            ..SessionOptions::default()
        };
        load(&file, &options).unwrap_err()
    };
    let none = ProviderOptions {
        providers: Vec::new(),
        ..ProviderOptions::default()
    };
    assert_says(refused(none), &["providers", "tensorrt, cuda, xnnpack, cpu"]);
    let for_nobody = ProviderOptions {
        providers: vec![Provider::Cuda, Provider::Cpu],
        precision: Precision::Fp16,
        ..ProviderOptions::default()
    };
    assert_says(refused(for_nobody), &["precision", "fp16", "tensorrt", "cuda, cpu"]);
    let int8 = ProviderOptions {
        providers: vec![Provider::TensorRt, Provider::Cpu],
        precision: Precision::Int8,
        ..ProviderOptions::default()
    };
    assert_says(refused(int8.clone()), &["int8", "QuantizeLinear", "int8_calibration"]);
    let no_table = ProviderOptions {
        int8_calibration: Some("no/such/table".into()),
        ..int8.clone()
    };
    assert_says(refused(no_table), &["int8_calibration", "no/such/table"]);
}

#[test]
fn int8_is_for_models_that_quantise_or_come_with_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let int8 = |table: Option<PathBuf>| SessionOptions {
        providers: ProviderOptions {
            providers: vec![Provider::TensorRt, Provider::Cpu],
            precision: Precision::Int8,
            int8_calibration: table,
            ..ProviderOptions::default()
        },
        ..SessionOptions::default()
    };
    let table = write_bytes(&folder, "table", b"TRT-100300-EntropyCalibration2\nobs: 3c010a14\n");
    load(&small(&folder), &int8(Some(table))).unwrap();

    let scales = |graph: Graph| graph.weight("scale", &[], &[0.1]);
    let quantised = scales(Graph::default().input("obs", &[1.into(), 16.into()]))
        .output("actions", &[1.into(), 16.into()])
        .node("QuantizeLinear", &["obs", "scale"], &["quantised"])
        .node("DequantizeLinear", &["quantised", "scale"], &["actions"]);
    let file = write_model(&folder, "quantised.onnx", &quantised);
    let network = load(&file, &int8(None)).unwrap();
    // Whoever else runs it computes with the model's own numbers.
    if network.provision().used != Provider::TensorRt {
        assert_eq!(network.provision().precision, Precision::Fp32);
    }
}

#[test]
fn a_network_comes_warmed_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut network = load(&small(&folder), &SessionOptions::default()).unwrap();
    let warm = network.runs();
    assert!(warm >= 2, "{warm} runs before the first");
    network.run().unwrap();
    assert_eq!(network.runs(), warm + 1);
}

#[test]
fn a_policy_runs_on_the_first_provider_that_works() {
    let folder = tempfile::tempdir().unwrap();
    let file = small(&folder);
    let broken = broken();
    let mut asked = broken.clone();
    asked.push(Provider::Cpu);
    let policy = load_policy(&file, &contract(4), &on(&asked)).unwrap();
    assert_eq!(policy.provision().used, Provider::Cpu);
    assert_eq!(policy.provision().failed.len(), broken.len());
    assert_eq!(SessionOptions::default().providers.providers, [Provider::Cpu]);
    for provider in broken {
        let error = load_policy(&file, &contract(4), &strictly(&[provider])).unwrap_err();
        assert!(matches!(error, LoadError::Providers { .. }));
        assert_says(error, &["small.onnx", provider.name()]);
    }
}

#[test]
fn golden_vectors_are_checked_on_the_provider_that_runs_the_policy() {
    let folder = tempfile::tempdir().unwrap();
    let file = small(&folder);
    let mut contract = contract(4);
    contract.golden = vec![GoldenVector {
        observation: vec![0.0; 16],
        action: vec![7.0; 4],
    }];
    let mut asked = broken();
    asked.push(Provider::Cpu);
    let error = load_policy(&file, &contract, &on(&asked)).unwrap_err();
    assert!(matches!(error, LoadError::Misfit { .. }));
    assert_says(error, &["golden[0].action[0]"]);
}

proptest! {
    #[test]
    fn names_that_are_no_provider_are_refused_with_those_that_are(name in "[a-zA-Z_ ]{0,12}|tensorrt.|.cpu") {
        prop_assume!(Provider::ALL.iter().all(|provider| provider.name() != name));
        let known = Provider::ALL.map(Provider::name);
        let error = name.parse::<Provider>().unwrap_err();
        assert_says(&error, &known);
        assert_says(&error, &[&format!("`{name}`")]);
        let options = serde_json::json!({ "providers": [name] });
        let error = serde_json::from_value::<ProviderOptions>(options).unwrap_err();
        assert_says(error, &known);
    }
}

#[test]
fn every_provider_and_precision_has_one_name_everywhere() {
    for provider in Provider::ALL {
        assert_eq!(provider.name().parse(), Ok(provider));
        let yaml = format!("providers: [{provider}]\nprecision: fp16\nstrict: true\ndevice: 1");
        let options: ProviderOptions = serde_yaml_ng::from_str(&yaml).unwrap();
        assert_eq!(options.providers, [provider]);
    }
    for precision in Precision::ALL {
        assert_eq!(precision.name().parse(), Ok(precision));
    }
    assert_says(
        "half".parse::<Precision>().unwrap_err(),
        &["fp32, fp16, int8", "`half`"],
    );
    assert!(serde_yaml_ng::from_str::<ProviderOptions>("provider: [cpu]").is_err());
}
