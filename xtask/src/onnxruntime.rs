//! `cargo xtask setup`: ONNX Runtime's shared library.

use crate::wheel::Wheel;

/// ONNX Runtime, as PyPI has it.
pub(crate) const WHEEL: Wheel = Wheel {
    title: "ONNX Runtime",
    package: "onnxruntime",
    pin: "xtask/onnxruntime.txt",
    folder: "onnxruntime",
    library: "libonnxruntime.so",
    library_folder: "onnxruntime/capi",
    licences: &["onnxruntime/LICENSE", "onnxruntime/ThirdPartyNotices.txt"],
    variable: "ORT_DYLIB_PATH",
    symbol: "OrtGetApiBase",
    size: "24 MB",
};

/// Makes sure that `sinew` finds ONNX Runtime, and says in a line which one.
pub(crate) fn set_up() -> anyhow::Result<String> {
    WHEEL.set_up()
}
