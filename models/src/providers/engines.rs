//! Where TensorRT's engines are kept: one folder for everything that an engine depends on.
//!
//! ONNX Runtime names an engine's file after the structure of the model, so two models of one structure would take
//! each other's engines out of a folder that they share.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::build::SessionConfig;
use crate::ffi;

/// What an engine was built for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EngineKey {
    /// SHA-256 of the model with its weights, and of the calibration table.
    model: String,
    runtime: String,
    tensorrt: String,
    gpu: String,
    precision: &'static str,
}

const UNKNOWN: &str = "unknown";

impl EngineKey {
    /// For the machine at hand. TensorRT must have been brought in.
    pub(super) fn new(config: &SessionConfig) -> Self {
        Self {
            model: model_hash(config),
            runtime: config.runtime.version.clone(),
            tensorrt: tensorrt_version().unwrap_or_else(|| UNKNOWN.to_owned()),
            gpu: gpu_name(config.device).unwrap_or_else(|| UNKNOWN.to_owned()),
            precision: config.precision.name(),
        }
    }

    /// The folder, which need not exist.
    pub(super) fn folder(&self) -> Result<PathBuf, String> {
        let cache = cache_folder(env::var_os("XDG_CACHE_HOME"), env::var_os("HOME"));
        let cache = cache.ok_or(
            "there is no place for its engines: expected a folder in XDG_CACHE_HOME or HOME, found neither set",
        )?;
        Ok(cache.join("sinew/engines").join(self.name()))
    }

    fn name(&self) -> String {
        let Self {
            model,
            runtime,
            tensorrt,
            gpu,
            precision,
        } = self;
        let name = format!("{model}-onnxruntime{runtime}-tensorrt{tensorrt}-{gpu}-{precision}");
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        name.chars().map(|c| if plain(c) { c } else { '_' }).collect()
    }
}

fn cache_folder(xdg_cache_home: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    // The XDG specification has relative paths ignored.
    let absolute = |path: Option<OsString>| path.map(PathBuf::from).filter(|path| path.is_absolute());
    absolute(xdg_cache_home).or_else(|| Some(absolute(home)?.join(".cache")))
}

/// The first half of the SHA-256 of everything that makes the model.
fn model_hash(config: &SessionConfig) -> String {
    let mut hash = Sha256::new();
    hash.update(config.network.as_slice());
    if let Some(table) = &config.calibration {
        hash.update(table);
    }
    hash.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Version of the TensorRT that this process has loaded, as its `getInferLibVersion` gives it: 10.3.0 is 100300.
fn tensorrt_version() -> Option<String> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let library = loaded_library(&maps, "libnvinfer.so")?;
    Some(ffi::tensorrt_version(library)?.to_string())
}

/// Path of the first library in a `/proc/PID/maps` whose name is `name`, with or without a version.
fn loaded_library<'m>(maps: &'m str, name: &str) -> Option<&'m Path> {
    maps.lines()
        .filter_map(|line| line.find('/').map(|start| Path::new(&line[start..])))
        .find(|path| {
            let rest = path.file_name().and_then(|file| file.to_str()?.strip_prefix(name));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
}

/// Name of an NVIDIA GPU, as the driver gives it, or of the Jetson that it is part of.
fn gpu_name(device: u8) -> Option<String> {
    let folders = fs::read_dir("/proc/driver/nvidia/gpus").into_iter().flatten().flatten();
    let mut folders: Vec<_> = folders.map(|entry| entry.path()).collect();
    folders.sort();
    let described = folders.get(usize::from(device)).and_then(|folder| {
        let text = fs::read_to_string(folder.join("information")).ok()?;
        gpu_model(&text)
    });
    described.or_else(|| {
        let board = fs::read_to_string("/proc/device-tree/model").ok()?;
        Some(board.trim_end_matches('\0').to_owned())
    })
}

/// The model in the driver's description of a GPU.
fn gpu_model(information: &str) -> Option<String> {
    let model = information.lines().find_map(|line| line.strip_prefix("Model:"))?;
    Some(model.trim().to_owned()).filter(|model| !model.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> EngineKey {
        EngineKey {
            model: "0123abcd".to_owned(),
            runtime: "1.31.1".to_owned(),
            tensorrt: "100300".to_owned(),
            gpu: "NVIDIA Jetson AGX Orin".to_owned(),
            precision: "fp16",
        }
    }

    #[test]
    fn whatever_an_engine_depends_on_gives_it_another_folder() {
        let others = [
            EngineKey {
                model: "4567".into(),
                ..key()
            },
            EngineKey {
                runtime: "1.31.2".into(),
                ..key()
            },
            EngineKey {
                tensorrt: UNKNOWN.into(),
                ..key()
            },
            EngineKey {
                gpu: "NVIDIA H100".into(),
                ..key()
            },
            EngineKey {
                precision: "fp32",
                ..key()
            },
        ];
        for other in &others {
            assert_ne!(key().name(), other.name());
        }
        assert_eq!(
            key().name(),
            "0123abcd-onnxruntime1.31.1-tensorrt100300-NVIDIA_Jetson_AGX_Orin-fp16"
        );
    }

    #[test]
    fn no_name_leads_out_of_the_cache() {
        let key = EngineKey {
            gpu: "../../a\\b\0c/é".into(),
            ..key()
        };
        assert_eq!(Path::new(&key.name()).components().count(), 1);
        assert!(key.name().is_ascii());
    }

    #[test]
    fn the_cache_lies_where_the_system_says() {
        let of = |xdg: Option<&str>, home: Option<&str>| cache_folder(xdg.map(Into::into), home.map(Into::into));
        assert_eq!(
            of(Some("/var/cache/robot"), Some("/home/r")),
            Some("/var/cache/robot".into())
        );
        assert_eq!(of(Some("relative"), Some("/home/r")), Some("/home/r/.cache".into()));
        assert_eq!(of(None, Some("/home/r")), Some("/home/r/.cache".into()));
        assert_eq!(of(Some(""), None), None);
    }

    #[test]
    fn a_loaded_library_is_found_by_its_name() {
        let maps = "7f00-7f10 r-xp 00000000 fe:00 12 /usr/lib/libnvinfer_plugin.so.10.3.0\n\
                    7f10-7f20 rw-p 00000000 00:00 0\n\
                    7f20-7f30 r-xp 00000000 fe:00 13                  /opt/a folder/libnvinfer.so.10.3.0\n";
        let found = loaded_library(maps, "libnvinfer.so");
        assert_eq!(found, Some(Path::new("/opt/a folder/libnvinfer.so.10.3.0")));
        assert_eq!(loaded_library(maps, "libcudart.so"), None);
    }

    #[test]
    fn the_drivers_description_names_the_gpu() {
        let text = "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 42\n";
        assert_eq!(gpu_model(text).as_deref(), Some("NVIDIA H100 80GB HBM3"));
        assert_eq!(gpu_model("Model:\n"), None);
    }
}
