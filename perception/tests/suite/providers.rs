//! A vision model says on what it runs.

use sinew_models::providers::{Provider, ProviderOptions, try_provider};
use sinew_perception::heads::Head;
use sinew_perception::{ModelError, ModelOptions};

use crate::onnx::operator;
use crate::support::{load, read_as};

#[test]
fn a_model_runs_on_the_first_provider_that_works_and_reports_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let file = operator(folder.path(), "Relu", &[1, 3, 32, 32], &[1, 3, 32, 32]);
    let on = |strict: bool| ModelOptions {
        providers: ProviderOptions {
            providers: vec![Provider::Cuda, Provider::Cpu],
            strict,
            ..ProviderOptions::default()
        },
        ..read_as(Head::Segment)
    };
    let model = load(&file, &on(false)).unwrap();
    let Err(failure) = try_provider(Provider::Cuda) else {
        println!("skipped: cuda works here");
        return;
    };
    assert_eq!(model.provision().used, Provider::Cpu);
    assert_eq!(model.provision().failed, std::slice::from_ref(&failure));
    let error = load(&file, &on(true)).unwrap_err();
    assert!(matches!(error, ModelError::Network(_)));
    assert!(error.to_string().contains(&failure.reason), "{error}");
}
