//! Asks the machine for real time: a FIFO priority, locked memory, a core of its own.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::marker::PhantomData;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ranges;

/// What the control thread asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RealtimeParams {
    /// SCHED_FIFO priority, 1 to 99; 0 leaves the thread as it is. 50 is ros2_control's.
    #[schemars(range(min = 0, max = 99))]
    pub priority: i32,
    /// Whether to lock all memory of the process, so that no page fault interrupts a tick.
    pub lock_memory: bool,
    /// Whether to keep the processor out of sleep states that take long to wake from, for as long
    /// as the process lives.
    pub low_latency: bool,
    /// The cores that the thread may run on; empty for any.
    #[schemars(inner(range(max = 1023)))]
    pub cores: Vec<usize>,
}

impl Default for RealtimeParams {
    fn default() -> Self {
        Self {
            priority: 50,
            lock_memory: true,
            low_latency: true,
            cores: Vec::new(),
        }
    }
}

/// Applies `params` to the calling thread. What the machine refuses comes back as sentences that
/// name the missing right; the loop runs all the same. Where a parameter is out of range, that alone comes back, and
/// nothing is applied.
pub fn enter_realtime(params: &RealtimeParams) -> Vec<String> {
    if let Err(outside) = ranges::check(params) {
        return vec![outside.to_string()];
    }
    let mut refused = Vec::new();
    if params.priority > 0
        && let Err(error) = set_fifo(params.priority)
    {
        refused.push(format!(
            "SCHED_FIFO {} was refused ({error}): it needs CAP_SYS_NICE, or `rtprio {}` for this \
             user in /etc/security/limits.d; ticks will be less regular",
            params.priority, params.priority
        ));
    }
    if params.lock_memory
        && let Err(error) = lock_memory()
    {
        refused.push(format!(
            "mlockall was refused ({error}): it needs CAP_IPC_LOCK, or `memlock unlimited` for this \
             user in /etc/security/limits.d; a page fault may delay a tick"
        ));
    }
    if params.low_latency
        && let Err(error) = forbid_sleep_states()
    {
        refused.push(format!(
            "{CPU_DMA_LATENCY} was refused ({error}): it needs a kernel that has it, and write access \
             (root, or a udev rule); ticks may wake up late from the processor's sleep states"
        ));
    }
    if !params.cores.is_empty()
        && let Err(error) = set_affinity(&params.cores)
    {
        refused.push(format!(
            "binding to the cores {:?} was refused ({error}): this machine may not have them, or \
             the process is confined by a cpuset",
            params.cores
        ));
    }
    refused
}

/// Gives the calling thread a FIFO priority.
///
/// # Errors
/// Where the system refuses the priority.
pub fn set_fifo(priority: i32) -> std::io::Result<()> {
    let param = libc::sched_param {
        sched_priority: priority,
    };
    // SAFETY: 0 is the calling thread and `param` a valid sched_param.
    check(unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &param) })
}

/// Gives the calling thread, and the threads and processes that it starts, only what no other of this machine wants of
/// its processors: SCHED_IDLE and nice 19.
///
/// # Errors
/// Where the system refuses it.
pub fn enter_background() -> std::io::Result<()> {
    let param = libc::sched_param { sched_priority: 0 };
    // SAFETY: 0 is the calling thread and `param` a valid sched_param.
    check(unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &param) })?;
    // SAFETY: it takes no pointers; on Linux 0 is the calling thread.
    check(unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 19) })
}

/// While it lives, the calling thread has a FIFO priority, where that is granted, and so have the threads
/// that it starts. For those that carry a robot's messages: they must not wait for ordinary work either.
#[derive(Debug)]
pub struct Urgent {
    policy: libc::c_int,
    param: libc::sched_param,
    /// What is changed is the thread that made it.
    _of_this_thread: PhantomData<*const ()>,
}

impl Urgent {
    /// From now on.
    pub fn new(priority: i32) -> Self {
        let mut param = libc::sched_param { sched_priority: 0 };
        // SAFETY: 0 is the calling thread and `param` a valid sched_param to write to.
        let policy = unsafe {
            libc::sched_getparam(0, &mut param);
            libc::sched_getscheduler(0)
        };
        // Where it is refused, the control thread has said so, or will.
        let _ = set_fifo(priority);
        Self {
            policy,
            param,
            _of_this_thread: PhantomData,
        }
    }
}

impl Drop for Urgent {
    fn drop(&mut self) {
        // SAFETY: 0 is the calling thread and `param` what it had before.
        unsafe { libc::sched_setscheduler(0, self.policy, &self.param) };
    }
}

fn lock_memory() -> std::io::Result<()> {
    // SAFETY: mlockall takes no pointers.
    check(unsafe { libc::mlockall(libc::MCL_CURRENT | libc::MCL_FUTURE) })
}

/// Takes the longest wake-up time that is tolerated, in µs as an i32, while the file is open.
const CPU_DMA_LATENCY: &str = "/dev/cpu_dma_latency";

fn forbid_sleep_states() -> std::io::Result<()> {
    static HELD: OnceLock<File> = OnceLock::new();
    if HELD.get().is_none() {
        let mut file = OpenOptions::new().write(true).open(CPU_DMA_LATENCY)?;
        file.write_all(&0_i32.to_ne_bytes())?;
        HELD.get_or_init(|| file);
    }
    Ok(())
}

fn set_affinity(cores: &[usize]) -> std::io::Result<()> {
    // SAFETY: an all-zero cpu_set_t is the empty set.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    for &core in cores {
        if core >= libc::CPU_SETSIZE as usize {
            return Err(std::io::Error::from_raw_os_error(libc::EINVAL));
        }
        // SAFETY: `core` is below CPU_SETSIZE.
        unsafe { libc::CPU_SET(core, &mut set) };
    }
    // SAFETY: 0 is the calling thread; the size is that of `set`.
    check(unsafe { libc::sched_setaffinity(0, std::mem::size_of_val(&set), &set) })
}

fn check(result: libc::c_int) -> std::io::Result<()> {
    match result {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}
