//! What the doctor says of ONNX Runtime: which one there is, which one a Jetson needs, and what is wrong with it.

use std::path::Path;

use sinew_health::{JetPack, Platform, Soc};
use sinew_models::runtime::runtime;

use super::Finding;
use super::cuda_library::CudaCode;

const CUDA_PROVIDER: &str = "libonnxruntime_providers_cuda.so";
const SUBJECT: &str = "onnx runtime";

/// Which library there is, and on a Jetson whether its GPU can run it.
pub(super) fn findings(platform: &Platform) -> Vec<Finding> {
    let found = match runtime() {
        Ok(found) => found,
        Err(error) => {
            let mut findings = vec![Finding::miss(SUBJECT, error.to_string())];
            findings.extend(fitting(platform));
            return findings;
        }
    };
    let text = format!(
        "{} at {}, built with {}",
        found.version,
        found.path.display(),
        found.providers.join(", ")
    );
    let mut findings = vec![Finding::good(SUBJECT, text)];
    let Some(soc) = platform.module.soc else {
        return findings;
    };
    let faults = faults(&found.path, soc, platform.l4t.map(|l4t| l4t.jetpack()));
    if !faults.is_empty() {
        findings.extend(faults.into_iter().map(|fault| Finding::miss(SUBJECT, fault)));
        findings.extend(fitting(platform));
    }
    findings
}

/// Which library a Jetson needs, and where that comes from.
pub(super) fn fitting(platform: &Platform) -> Option<Finding> {
    let soc = platform.module.soc?;
    let jetpack = platform.l4t?.jetpack();
    let needs = match jetpack.name.split('.').next()? {
        "4" | "5" => "no ONNX Runtime with CUDA is known for it that this program can use: JetPack 6 has some".to_owned(),
        "6" if jetpack.name == "6.0" => "onnxruntime-gpu-extended 1.22.2.12.8 of PyPI".to_owned(),
        "6" => "onnxruntime-gpu-extended 1.23.2.12.9 of PyPI, or onnxruntime-gpu 1.23 of jetson-ai-lab's index jp6/cu126; for \
                TensorRT the latter"
            .to_owned(),
        _ => format!(
            "one that was built for CUDA 13 and sm_{}, by you or by the community (Shattered217/Jetson-Orin-Wheels has 1.28 \
             for Orin, straga/jetson-jp7-onnxruntime a recipe): PyPI's onnxruntime-gpu is built for servers and has no code \
             for this GPU",
            soc.compute_capability()
        ),
    };
    Some(Finding::good(
        "onnx runtime for",
        format!(
            "JetPack {} on {soc} (CUDA {}): {needs}; unpack its capi/libonnxruntime* into a folder, and set ORT_DYLIB_PATH to \
             the libonnxruntime.so.* there (docs/health.md)",
            jetpack.name, jetpack.cuda
        ),
    ))
}

/// What keeps a Jetson's GPU from running the models of the runtime at `path`.
fn faults(path: &Path, soc: Soc, jetpack: Option<JetPack>) -> Vec<String> {
    // The library that is loaded may be a link to where the others lie.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let provider = path.with_file_name(CUDA_PROVIDER);
    let code = match CudaCode::of(&provider) {
        Ok(code) => code,
        Err(_) if !provider.exists() => {
            return vec![format!(
                "built for the CPU alone, {CUDA_PROVIDER} is not beside it: the GPU is not used"
            )];
        }
        Err(error) => return vec![format!("{}: cannot be read: {error}", provider.display())],
    };
    let mut faults = Vec::new();
    if let (Some(needed), Some(jetpack)) = (code.cuda, jetpack)
        && needed != jetpack.cuda
    {
        faults.push(format!(
            "{}: it needs CUDA {needed}, JetPack {} has CUDA {}",
            provider.display(),
            jetpack.name,
            jetpack.cuda
        ));
    }
    let own = soc.compute_capability();
    if !code.runs_on(own) {
        let of_it: Vec<_> = code
            .machine_code
            .iter()
            .map(|capability| format!("sm_{capability}"))
            .collect();
        faults.push(format!(
            "{}: expected CUDA code for this GPU, sm_{own}, found {}",
            provider.display(),
            if of_it.is_empty() {
                "none".to_owned()
            } else {
                of_it.join(", ")
            }
        ));
    }
    faults
}

#[cfg(test)]
mod tests {
    use std::fs;

    use sinew_health::{L4t, Module};

    use super::super::cuda_library::tests::library;
    use super::*;

    fn jetson(soc: Soc, [major, minor, patch]: [u32; 3]) -> Platform {
        Platform {
            module: Module {
                name: Some("a Jetson".into()),
                soc: Some(soc),
            },
            l4t: Some(L4t { major, minor, patch }),
            kernel: sinew_health::Kernel::default(),
            csi_cameras: Vec::new(),
        }
    }

    #[test]
    fn each_jetpack_is_told_the_library_that_fits_it() {
        for (platform, expected) in [
            (jetson(Soc::Orin, [36, 3, 0]), ["JetPack 6.0", "1.22.2.12.8"]),
            (jetson(Soc::Orin, [36, 4, 4]), ["JetPack 6.2.1", "1.23.2.12.9"]),
            (jetson(Soc::Orin, [39, 2, 0]), ["JetPack 7.2", "sm_87"]),
            (
                jetson(Soc::Thor, [38, 2, 0]),
                ["JetPack 7.0 on Thor (CUDA 13)", "sm_110"],
            ),
            (
                jetson(Soc::Xavier, [35, 4, 1]),
                ["JetPack 5.1.2", "no ONNX Runtime with CUDA"],
            ),
        ] {
            let text = fitting(&platform).unwrap().text;
            for word in expected {
                assert!(text.contains(word), "{text}");
            }
        }
        let pc = Platform {
            module: Module::default(),
            l4t: None,
            ..jetson(Soc::Orin, [36, 4, 0])
        };
        assert!(fitting(&pc).is_none());
    }

    #[test]
    fn a_library_says_what_is_wrong_with_it_before_it_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("libonnxruntime.so");
        let jetpack_6 = jetson(Soc::Orin, [36, 4, 3]).l4t.map(|l4t| l4t.jetpack());
        let faults = |soc| faults(&path, soc, jetpack_6);
        fs::write(&path, b"").unwrap();
        assert!(faults(Soc::Orin)[0].contains("built for the CPU alone"));
        let provider = folder.path().join(CUDA_PROVIDER);
        // As in PyPI's onnxruntime-gpu 1.31.1 for aarch64.
        fs::write(&provider, library(13, &[(2, 89), (2, 90), (2, 120), (2, 121)])).unwrap();
        let said = faults(Soc::Orin);
        assert!(
            said[0].contains("it needs CUDA 13, JetPack 6.2 has CUDA 12"),
            "{said:?}"
        );
        assert!(
            said[1].contains("expected CUDA code for this GPU, sm_87, found sm_89, sm_90, sm_120, sm_121"),
            "{said:?}"
        );
        // As in onnxruntime-gpu-extended 1.23.2.12.9.
        fs::write(&provider, library(12, &[(2, 87)])).unwrap();
        assert_eq!(faults(Soc::Orin), Vec::<String>::new());
        assert_eq!(faults(Soc::Thor).len(), 1);
        fs::remove_file(&provider).unwrap();
        fs::create_dir(&provider).unwrap();
        assert!(faults(Soc::Orin)[0].contains("cannot be read"));
    }
}
