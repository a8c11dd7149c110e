//! Processor time of threads.

use std::fs;

use anyhow::Result;

/// Of the calling thread, s.
pub(crate) fn thread_secs() -> f64 {
    let mut used = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `used` is a valid timespec; CLOCK_THREAD_CPUTIME_ID exists on every Linux.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut used) };
    used.tv_sec as f64 + used.tv_nsec as f64 * 1e-9
}

/// Of all threads of this process whose names begin like that, s.
///
/// # Errors
/// Where the system does not tell.
pub(crate) fn secs_of(name: &str) -> Result<f64> {
    let mut nanos = 0;
    for task in fs::read_dir("/proc/self/task")? {
        let task = task?.path();
        // A thread may end while it is asked after.
        let Ok(its_name) = fs::read_to_string(task.join("comm")) else {
            continue;
        };
        if its_name.starts_with(name)
            && let Ok(text) = fs::read_to_string(task.join("schedstat"))
        {
            let ran = text.split_whitespace().next().unwrap_or_default();
            nanos += ran.parse::<u64>()?;
        }
    }
    Ok(nanos as f64 * 1e-9)
}
