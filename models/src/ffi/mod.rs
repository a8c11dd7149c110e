//! The crate's only unsafe code: ONNX Runtime's C API, used bare so that a run costs no Rust
//! allocation and no more than the C call itself, and for what its Rust crate does not give.

mod library;
mod newer;

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ffi::{CStr, CString, c_char, c_int};
use std::fmt;
use std::ptr::{self, NonNull};
use std::slice;
use std::time::Duration;

use ort::environment::Environment;
use ort::session::{NoSelectedOutputs, RunOptions, SelectedOutputMarker, Session};
use ort::sys::{
    ONNXTensorElementDataType, OrtAllocatorType, OrtMemType, OrtMemoryInfo, OrtRunOptions, OrtStatusPtr, OrtValue,
};
use ort::{AsPointer, Error};

use crate::limits::Stop;
use crate::run_limit::RunLimit;

#[cfg(test)]
pub(crate) use library::NO_TELEMETRY;
pub(crate) use library::{ProbedLibrary, probe_library, tensorrt_version};
pub(crate) use newer::Newer;

/// Names of the execution providers that the loaded runtime was built with.
pub(crate) fn available_providers() -> Result<Vec<String>, Error> {
    let (mut names, mut len): (*mut *mut c_char, c_int) = (ptr::null_mut(), 0);
    // SAFETY: both out-pointers are valid; on success `names` holds `len` C strings until released.
    unsafe {
        check((ort::api().GetAvailableProviders)(&mut names, &mut len))?;
        let listed = slice::from_raw_parts(names, usize::try_from(len).unwrap_or(0));
        let providers = listed
            .iter()
            .map(|&name| CStr::from_ptr(name).to_string_lossy().into_owned());
        let providers = providers.collect();
        check((ort::api().ReleaseAvailableProviders)(names, len))?;
        Ok(providers)
    }
}

/// Gives all sessions of this environment that ask for it one memory for tensors on the CPU, of at most `bytes`.
pub(crate) fn limit_memory(environment: &Environment, bytes: u64) -> Result<(), Error> {
    let (keys, values) = ([c"max_mem".as_ptr()], [usize::try_from(bytes).unwrap_or(usize::MAX)]);
    let (mut memory, mut arena) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the out-pointers are valid, the arrays of the length given; what is made is released, for the
    // environment keeps copies.
    unsafe {
        check((ort::api().CreateCpuMemoryInfo)(
            OrtAllocatorType::OrtArenaAllocator,
            OrtMemType::OrtMemTypeDefault,
            &mut memory,
        ))?;
        let made = check((ort::api().CreateArenaCfgV2)(
            keys.as_ptr(),
            values.as_ptr(),
            1,
            &mut arena,
        ));
        let registered = made.and_then(|()| {
            let registered = (ort::api().CreateAndRegisterAllocator)(environment.ptr().cast_mut(), memory, arena);
            (ort::api().ReleaseArenaCfg)(arena);
            check(registered)
        });
        (ort::api().ReleaseMemoryInfo)(memory);
        registered
    }
}

/// Does `work`, which runs a session with `options`, so that `stop` ends it.
pub(crate) fn interruptible<O: SelectedOutputMarker, T>(
    options: &RunOptions<O>,
    stop: &Stop,
    work: impl FnOnce() -> T,
) -> T {
    // SAFETY: `during` lets go of it before it returns, and `options` is borrowed until then.
    stop.during(unsafe { terminate(options) }, work)
}

/// What ends a run with `options` in another thread.
///
/// # Safety
/// It must not be called once `options` is gone.
unsafe fn terminate<O: SelectedOutputMarker>(options: &RunOptions<O>) -> impl Fn() + Send + 'static {
    struct Options(*mut OrtRunOptions);
    // SAFETY: setting the flag of options that another thread runs with is what the flag is for.
    unsafe impl Send for Options {}
    let shared = Options(options.ptr().cast_mut());
    move || {
        let Options(options) = &shared;
        // SAFETY: as this function's own.
        forget(unsafe { (ort::api().RunOptionsSetTerminate)(*options) });
    }
}

/// Options of runs that are ended where they take too long.
pub(crate) struct LimitedOptions<O: SelectedOutputMarker = NoSelectedOutputs> {
    // Fields drop in this order: what ends a run before the options of the run.
    limit: Option<RunLimit>,
    options: RunOptions<O>,
}

impl<O: SelectedOutputMarker> LimitedOptions<O> {
    /// For runs that take at most so long, where they have a limit.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub(crate) fn new(options: RunOptions<O>, limit: Option<Duration>) -> Result<Self, Error> {
        // SAFETY: the limit does not call it any more once it is dropped, which is before the options are.
        let start = |limit| RunLimit::start(limit, unsafe { terminate(&options) });
        let limit = limit.map(start).transpose();
        let limit = limit.map_err(|error| Error::new(format!("no thread for the limit of runs: {error}")))?;
        Ok(Self { limit, options })
    }

    /// Does a run with them. None where one was ended before: what has hung once is not asked again.
    pub(crate) fn run<'o, T>(&'o self, run: impl FnOnce(&'o RunOptions<O>) -> T) -> Option<T> {
        match &self.limit {
            None => Some(run(&self.options)),
            Some(limit) if limit.has_ended() => None,
            Some(limit) => Some(limit.during(|| run(&self.options))),
        }
    }

    /// Whether a run was ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.limit.as_ref().is_some_and(RunLimit::has_ended)
    }
}

impl<O: SelectedOutputMarker> fmt::Debug for LimitedOptions<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LimitedOptions")
            .field("has_ended", &self.has_ended())
            .finish_non_exhaustive()
    }
}

/// # Safety
/// `status` must come from ONNX Runtime and be used nowhere else.
unsafe fn check(status: OrtStatusPtr) -> Result<(), Error> {
    // SAFETY: as this function's own.
    unsafe { Error::result_from_status(status) }
}

/// Lets go of a status, whatever it says; `true` where it says that all went well. It must come from ONNX Runtime and be
/// used nowhere else.
fn forget(OrtStatusPtr(status): OrtStatusPtr) -> bool {
    if !status.is_null() {
        // SAFETY: the status is ours and used nowhere else.
        unsafe { (ort::api().ReleaseStatus)(status) };
    }
    status.is_null()
}

/// Most values in a tensor that is believed.
const MAX_VALUES: usize = 1 << 28;
/// Start of a cache line: what the runtime's own allocator gives, too.
const ALIGNMENT: usize = 64;

/// A float tensor on the CPU whose memory is ours and never moves.
struct Tensor {
    value: NonNull<OrtValue>,
    data: NonNull<f32>,
    len: usize,
}

impl Tensor {
    /// A tensor of zeros. Every dimension must be at least 1.
    fn zeros(memory: *const OrtMemoryInfo, dims: &[i64]) -> Result<Self, Error> {
        let len = dims
            .iter()
            .try_fold(1usize, |len, &dim| len.checked_mul(usize::try_from(dim).ok()?));
        let len = len
            .filter(|&len| len > 0)
            .ok_or_else(|| Error::new("a tensor's shape is empty"))?;
        let layout = Self::layout(len).ok_or_else(|| Error::new("a tensor is too large"))?;
        // SAFETY: the layout's size is not zero.
        let data = unsafe { alloc_zeroed(layout) }.cast::<f32>();
        let Some(data) = NonNull::new(data) else {
            handle_alloc_error(layout)
        };
        let mut value = ptr::null_mut();
        // SAFETY: `data` has `layout.size()` bytes and outlives the value (see `Drop`).
        let status = unsafe {
            check((ort::api().CreateTensorWithDataAsOrtValue)(
                memory,
                data.as_ptr().cast(),
                layout.size(),
                dims.as_ptr(),
                dims.len(),
                ONNXTensorElementDataType::ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT,
                &mut value,
            ))
        };
        match (status, NonNull::new(value)) {
            (Ok(()), Some(value)) => Ok(Self { value, data, len }),
            (status, _) => {
                // SAFETY: allocated above with this layout, and no value refers to it.
                unsafe { dealloc(data.as_ptr().cast(), layout) };
                Err(status.err().unwrap_or_else(|| Error::new("the runtime made no tensor")))
            }
        }
    }

    fn layout(len: usize) -> Option<Layout> {
        if len > MAX_VALUES {
            return None;
        }
        Layout::array::<f32>(len).ok()?.align_to(ALIGNMENT).ok()
    }

    fn data(&self) -> &[f32] {
        // SAFETY: `len` floats, initialised; the runtime writes only during `Binding::run(&mut)`.
        unsafe { slice::from_raw_parts(self.data.as_ptr(), self.len) }
    }

    fn data_mut(&mut self) -> &mut [f32] {
        // SAFETY: as for `data`, and `&mut self` makes it the only reference.
        unsafe { slice::from_raw_parts_mut(self.data.as_ptr(), self.len) }
    }
}

impl Drop for Tensor {
    fn drop(&mut self) {
        // SAFETY: the value is ours and released before the memory it refers to.
        unsafe {
            (ort::api().ReleaseValue)(self.value.as_ptr());
            if let Some(layout) = Self::layout(self.len) {
                dealloc(self.data.as_ptr().cast(), layout);
            }
        }
    }
}

/// Name and shape of a tensor to bind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) name: String,
    pub(crate) dims: Vec<i64>,
}

/// What a [`Binding`] binds. State inputs and outputs are paired and of equal shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slots {
    pub(crate) inputs: Vec<Slot>,
    pub(crate) output: Slot,
    pub(crate) state_in: Vec<Slot>,
    pub(crate) state_out: Vec<Slot>,
}

/// One of the two ways to call a network with state: from the even buffers into the odd ones, or back.
struct Call {
    inputs: Vec<*const OrtValue>,
    outputs: Vec<*mut OrtValue>,
}

/// A session and all tensors that its runs use.
pub(crate) struct Binding {
    // Fields drop in this order: the values before the session they were made for.
    calls: [Call; 2],
    inputs: Vec<Tensor>,
    output: Tensor,
    /// Recurrent state: `[0]` is read by even calls and written by odd ones.
    state: [Vec<Tensor>; 2],
    odd: bool,
    input_names: Vec<*const c_char>,
    output_names: Vec<*const c_char>,
    _names: Vec<CString>,
    session: Session,
}

// SAFETY: the raw pointers lead to memory owned by this value alone (tensors, names, session).
// ONNX Runtime objects are not bound to a thread, and every run takes `&mut self`.
unsafe impl Send for Binding {}

impl Binding {
    pub(crate) fn new(session: Session, slots: &Slots) -> Result<Self, Error> {
        let mut memory = ptr::null_mut();
        // SAFETY: the out-pointer is valid; released below.
        unsafe {
            check((ort::api().CreateCpuMemoryInfo)(
                OrtAllocatorType::OrtDeviceAllocator,
                OrtMemType::OrtMemTypeDefault,
                &mut memory,
            ))?;
        }
        let tensors = |slots: &[Slot]| -> Result<Vec<Tensor>, Error> {
            slots.iter().map(|slot| Tensor::zeros(memory, &slot.dims)).collect()
        };
        let built = (|| {
            Ok::<_, Error>((
                tensors(&slots.inputs)?,
                Tensor::zeros(memory, &slots.output.dims)?,
                [tensors(&slots.state_in)?, tensors(&slots.state_in)?],
            ))
        })();
        // SAFETY: created above, used nowhere else; values keep their own copy.
        unsafe { (ort::api().ReleaseMemoryInfo)(memory) };
        let (inputs, output, state) = built?;
        let call = |from: &[Tensor], to: &[Tensor]| Call {
            inputs: inputs
                .iter()
                .chain(from)
                .map(|tensor| tensor.value.as_ptr().cast_const())
                .collect(),
            outputs: [&output]
                .into_iter()
                .chain(to)
                .map(|tensor| tensor.value.as_ptr())
                .collect(),
        };
        let calls = [call(&state[0], &state[1]), call(&state[1], &state[0])];
        let mut names = Vec::new();
        let mut name_list = |slots: &[&[Slot]]| -> Result<Vec<*const c_char>, Error> {
            let mut list = Vec::new();
            for slot in slots.iter().flat_map(|slots| slots.iter()) {
                let name = CString::new(slot.name.as_str())
                    .map_err(|_| Error::new("a tensor's name has a zero byte in it"))?;
                // A `CString` keeps its characters on the heap: moving it into `names` is no matter.
                list.push(name.as_ptr());
                names.push(name);
            }
            Ok(list)
        };
        let input_names = name_list(&[&slots.inputs, &slots.state_in])?;
        let output_names = name_list(&[slice::from_ref(&slots.output), &slots.state_out])?;
        Ok(Self {
            calls,
            inputs,
            output,
            state,
            odd: false,
            input_names,
            output_names,
            _names: names,
            session,
        })
    }

    /// Number of values in all inputs together.
    pub(crate) fn input_len(&self) -> usize {
        self.inputs.iter().map(|tensor| tensor.len).sum()
    }

    /// Writes the inputs, one after another, from `values` of length [`input_len`](Self::input_len).
    pub(crate) fn set_input(&mut self, mut values: &[f32]) {
        for tensor in &mut self.inputs {
            let (head, rest) = values.split_at(tensor.len);
            tensor.data_mut().copy_from_slice(head);
            values = rest;
        }
    }

    /// The output as the last run left it.
    pub(crate) fn output(&self) -> &[f32] {
        self.output.data()
    }

    /// Sets every state tensor to `initial` (flattened), or to zeros where there is none.
    pub(crate) fn reset_state(&mut self, initial: &[Vec<f32>]) {
        for (i, tensor) in self.state[usize::from(self.odd)].iter_mut().enumerate() {
            match initial.get(i) {
                Some(values) => tensor.data_mut().copy_from_slice(values),
                None => tensor.data_mut().fill(0.0),
            }
        }
    }

    /// Runs the network once, until `stop` ends it, and says what went wrong if it fails.
    pub(crate) fn run(&mut self, stop: &Stop) -> Result<(), Error> {
        let options = RunOptions::new()?;
        let status = interruptible(&options, stop, || self.call(options.ptr()));
        // SAFETY: the status comes from the runtime.
        unsafe { check(status) }
    }

    /// Runs the network once, without any Rust allocation; `false` if it fails.
    pub(crate) fn run_quietly(&mut self, options: &LimitedOptions) -> bool {
        options.run(|options| self.call(options.ptr())).is_some_and(forget)
    }

    fn call(&mut self, options: *const OrtRunOptions) -> OrtStatusPtr {
        let call = &mut self.calls[usize::from(self.odd)];
        // SAFETY: names and values were made for this session and live as long as it; the arrays
        // have the lengths given; outputs are preallocated, so the runtime writes into our memory.
        let status = unsafe {
            (ort::api().Run)(
                self.session.ptr().cast_mut(),
                options,
                self.input_names.as_ptr(),
                call.inputs.as_ptr(),
                call.inputs.len(),
                self.output_names.as_ptr(),
                call.outputs.len(),
                call.outputs.as_mut_ptr(),
            )
        };
        // A failed run may have left the new state half written: the old one stays in force.
        self.odd ^= status.0.is_null();
        status
    }
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Binding")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}
