//! A network run as a C program would: ONNX Runtime's C API, tensors made once, nothing else.

use std::ffi::{CStr, CString, c_char};
use std::path::Path;
use std::ptr;

use anyhow::{Context, Result, bail};
use ort::sys::{
    GraphOptimizationLevel, ONNXTensorElementDataType, OrtAllocatorType, OrtLoggingLevel, OrtMemType, OrtSession,
    OrtStatusPtr, OrtValue,
};

/// A cache line of floats, which is how the runtime aligns its own tensors.
#[derive(Clone)]
#[repr(align(64))]
struct Line([f32; 16]);

/// A session and its two tensors. Never released: the program ends with its measurement.
pub(crate) struct BareNetwork {
    session: *mut OrtSession,
    input_name: *const c_char,
    output_name: *const c_char,
    input: *const OrtValue,
    output: *mut OrtValue,
}

impl BareNetwork {
    /// Loads a network with one input and one output, with the session options that Sinew uses and one
    /// thread. The input is of shape `input_dims` and keeps the values `input`; the output has
    /// `output_dims`. The runtime must have been loaded before.
    pub(crate) fn load(path: &Path, input: &[f32], input_dims: &[i64], output_dims: &[i64]) -> Result<Self> {
        let api = ort::api();
        let file = CString::new(path.as_os_str().as_encoded_bytes())?;
        let (mut env, mut options, mut session) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        let (mut allocator, mut input_name, mut output_name) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        // SAFETY: all out-pointers are valid, and each call takes what those before it made.
        unsafe {
            let level = OrtLoggingLevel::ORT_LOGGING_LEVEL_ERROR;
            check((api.CreateEnv)(level, c"bench".as_ptr(), &mut env))?;
            check((api.CreateSessionOptions)(&mut options))?;
            check((api.SetIntraOpNumThreads)(options, 1))?;
            check((api.SetInterOpNumThreads)(options, 1))?;
            let all = GraphOptimizationLevel::ORT_ENABLE_ALL;
            check((api.SetSessionGraphOptimizationLevel)(options, all))?;
            check((api.CreateSession)(env, file.as_ptr(), options, &mut session))
                .with_context(|| path.display().to_string())?;
            check((api.GetAllocatorWithDefaultOptions)(&mut allocator))?;
            check((api.SessionGetInputName)(session, 0, allocator, &mut input_name))?;
            check((api.SessionGetOutputName)(session, 0, allocator, &mut output_name))?;
        }
        let values = usize::try_from(output_dims.iter().product::<i64>())?;
        Ok(Self {
            session,
            input_name,
            output_name,
            input: tensor(input, input_dims)?,
            output: tensor(&vec![0.0; values], output_dims)?,
        })
    }

    /// One call of the network.
    pub(crate) fn run(&mut self) -> OrtStatusPtr {
        // SAFETY: names and tensors belong to this session and are never released.
        unsafe {
            (ort::api().Run)(
                self.session,
                ptr::null(),
                &self.input_name,
                &self.input,
                1,
                &self.output_name,
                1,
                &mut self.output,
            )
        }
    }
}

/// A tensor of shape `dims` with these values.
fn tensor(values: &[f32], dims: &[i64]) -> Result<*mut OrtValue> {
    let mut lines = vec![Line([0.0; 16]); values.len().div_ceil(16)];
    for (line, values) in lines.iter_mut().zip(values.chunks(16)) {
        line.0[..values.len()].copy_from_slice(values);
    }
    let lines = lines.leak();
    let (mut memory, mut value) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the out-pointers are valid; `lines` holds all values and is never freed.
    unsafe {
        check((ort::api().CreateCpuMemoryInfo)(
            OrtAllocatorType::OrtDeviceAllocator,
            OrtMemType::OrtMemTypeDefault,
            &mut memory,
        ))?;
        check((ort::api().CreateTensorWithDataAsOrtValue)(
            memory,
            lines.as_mut_ptr().cast(),
            size_of_val(values),
            dims.as_ptr(),
            dims.len(),
            ONNXTensorElementDataType::ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT,
            &mut value,
        ))?;
    }
    Ok(value)
}

/// The runtime's words for a failure.
pub(crate) fn check(OrtStatusPtr(status): OrtStatusPtr) -> Result<()> {
    if status.is_null() {
        return Ok(());
    }
    // SAFETY: a status that is not null has a message, which lives as long as it.
    let message = unsafe { CStr::from_ptr((ort::api().GetErrorMessage)(status)) };
    bail!("ONNX Runtime: {}", message.to_string_lossy())
}
