//! A camera of Linux, call by call.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::ptr::NonNull;
use std::time::Duration;

use libc::{c_int, c_void};

use super::abi::{self, IoctlCall};
use super::format::{FourCc, OfferedFormat, Setting, Sizes};

/// More entries than any camera lists: a driver that never comes to an end is not followed.
const MOST_ENTRIES: u32 = 64;

/// What a camera is asked, in terms of this crate. Tests have one that is plugged out and in.
pub(super) trait Device: Send {
    fn about(&self) -> io::Result<DeviceInfo>;
    fn setting(&self) -> io::Result<Setting>;
    /// Asks for a setting; gives the one that the camera has then.
    fn set(&mut self, setting: Setting) -> io::Result<Setting>;
    /// Asks for a rate; gives the one that the camera has then, where it tells, Hz.
    fn set_rate(&mut self, rate_hz: f64) -> io::Result<Option<f64>>;
    fn offers(&self) -> Vec<OfferedFormat>;
    /// Begins to fill that many buffers, or as many as the camera has.
    fn start(&mut self, buffers: u32) -> io::Result<()>;
    /// Waits for a frame; false after `patience`.
    fn wait(&self, patience: Duration) -> io::Result<bool>;
    /// The oldest frame that waits.
    fn take(&mut self) -> io::Result<Option<TakenFrame>>;
    /// Replaces `out` with the bytes of a frame.
    fn copy(&self, taken: &TakenFrame, out: &mut Vec<u8>);
    /// Gives a frame's buffer back to be filled.
    fn give(&mut self, taken: TakenFrame) -> io::Result<()>;
}

/// What a device says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DeviceInfo {
    pub(super) name: String,
    pub(super) captures: bool,
    /// Captures through the interface for pixels in several places only.
    pub(super) several_planes: bool,
    pub(super) streams: bool,
}

/// A frame in a buffer, which is the device's again once this is given back.
#[derive(Debug)]
pub(super) struct TakenFrame {
    pub(super) buffer: u32,
    pub(super) bytes: usize,
    pub(super) sequence: u32,
    /// When it was taken, by the monotonic clock, where the camera says it.
    pub(super) at_nanos: Option<u64>,
    /// Whether the camera itself says that something is wrong with it.
    pub(super) is_damaged: bool,
}

/// A device file that is open.
#[derive(Debug)]
pub(super) struct VideoDevice {
    file: File,
    buffers: Vec<Mapping>,
}

impl VideoDevice {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(path)?;
        Ok(Self {
            file,
            buffers: Vec::new(),
        })
    }

    fn call<T>(&self, call: &IoctlCall<T>, argument: &mut T) -> io::Result<()> {
        loop {
            // SAFETY: the call's number was made from the size of `T`, so the kernel reads and writes no more
            // than `argument`, which lives until it returns. All types of such calls are plain numbers; where
            // they hold an address, it is one that the kernel gives.
            let done = unsafe { libc::ioctl(self.file.as_raw_fd(), call.number, std::ptr::from_mut(argument)) };
            if done != -1 {
                return Ok(());
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
    }

    fn buffer(index: u32) -> abi::Buffer {
        let mut buffer: abi::Buffer = zeros();
        buffer.index = index;
        buffer.kind = abi::BUF_TYPE_VIDEO_CAPTURE;
        buffer.memory = abi::MEMORY_MMAP;
        buffer
    }

    fn sizes(&self, letters: FourCc) -> Vec<Sizes> {
        let listed = (0..MOST_ENTRIES).map_while(|index| {
            let mut entry: abi::FrmSizeEnum = zeros();
            entry.index = index;
            entry.pixel_format = u32::from_le_bytes(letters.0);
            self.call(&abi::ENUM_FRAMESIZES, &mut entry).ok().map(|()| entry)
        });
        let sizes = listed.map(|entry| match entry.kind {
            abi::FRMSIZE_TYPE_DISCRETE => {
                let size = [entry.size.min_width, entry.size.max_width];
                let rates_hz = self.rates_hz(letters, size);
                Sizes::One { size, rates_hz }
            }
            _ => Sizes::Between {
                least: [entry.size.min_width, entry.size.min_height],
                most: [entry.size.max_width, entry.size.max_height],
            },
        });
        sizes.collect()
    }

    fn rates_hz(&self, letters: FourCc, [width, height]: [u32; 2]) -> Vec<f64> {
        let listed = (0..MOST_ENTRIES).map_while(|index| {
            let mut entry: abi::FrmIvalEnum = zeros();
            entry.index = index;
            entry.pixel_format = u32::from_le_bytes(letters.0);
            (entry.width, entry.height) = (width, height);
            self.call(&abi::ENUM_FRAMEINTERVALS, &mut entry).ok()?;
            (entry.kind == abi::FRMIVAL_TYPE_DISCRETE).then_some(entry.interval.min)
        });
        listed.filter_map(rate_hz).collect()
    }
}

impl Device for VideoDevice {
    fn about(&self) -> io::Result<DeviceInfo> {
        let mut about: abi::Capability = zeros();
        self.call(&abi::QUERYCAP, &mut about)?;
        // A device that has several ends says what this one can.
        let can = match about.capabilities & abi::CAP_DEVICE_CAPS {
            0 => about.capabilities,
            _ => about.device_caps,
        };
        let name = about.card.split(|byte| *byte == 0).next().unwrap_or_default();
        Ok(DeviceInfo {
            name: String::from_utf8_lossy(name).into_owned(),
            captures: can & abi::CAP_VIDEO_CAPTURE != 0,
            several_planes: can & abi::CAP_VIDEO_CAPTURE_MPLANE != 0,
            streams: can & abi::CAP_STREAMING != 0,
        })
    }

    fn setting(&self) -> io::Result<Setting> {
        let mut format: abi::Format = zeros();
        format.kind = abi::BUF_TYPE_VIDEO_CAPTURE;
        self.call(&abi::G_FMT, &mut format)?;
        Ok(setting(&format.fmt.pix))
    }

    fn set(&mut self, asked: Setting) -> io::Result<Setting> {
        let mut format: abi::Format = zeros();
        format.kind = abi::BUF_TYPE_VIDEO_CAPTURE;
        let pix = &mut format.fmt.pix;
        (pix.width, pix.height) = (asked.width, asked.height);
        pix.pixelformat = u32::from_le_bytes(asked.letters.0);
        pix.field = abi::FIELD_NONE;
        pix.bytesperline = asked.step;
        pix.private = abi::PIX_FMT_PRIV_MAGIC;
        self.call(&abi::S_FMT, &mut format)?;
        Ok(setting(&format.fmt.pix))
    }

    fn set_rate(&mut self, asked_hz: f64) -> io::Result<Option<f64>> {
        let mut parm: abi::StreamParm = zeros();
        parm.kind = abi::BUF_TYPE_VIDEO_CAPTURE;
        self.call(&abi::G_PARM, &mut parm)?;
        if parm.capture.capability & abi::CAP_TIMEPERFRAME != 0 {
            parm.capture.timeperframe = abi::Fract {
                numerator: 1000,
                denominator: (1000.0 * asked_hz).round() as u32,
            };
            self.call(&abi::S_PARM, &mut parm)?;
        }
        Ok(rate_hz(parm.capture.timeperframe))
    }

    fn offers(&self) -> Vec<OfferedFormat> {
        let listed = (0..MOST_ENTRIES).map_while(|index| {
            let mut entry: abi::FmtDesc = zeros();
            entry.index = index;
            entry.kind = abi::BUF_TYPE_VIDEO_CAPTURE;
            self.call(&abi::ENUM_FMT, &mut entry).ok()?;
            Some(FourCc(entry.pixelformat.to_le_bytes()))
        });
        let offers = listed.map(|letters| OfferedFormat {
            letters,
            sizes: self.sizes(letters),
        });
        offers.collect()
    }

    fn start(&mut self, buffers: u32) -> io::Result<()> {
        let mut request: abi::RequestBuffers = zeros();
        request.count = buffers;
        request.kind = abi::BUF_TYPE_VIDEO_CAPTURE;
        request.memory = abi::MEMORY_MMAP;
        self.call(&abi::REQBUFS, &mut request)?;
        if request.count == 0 {
            return Err(io::Error::from_raw_os_error(libc::ENOMEM));
        }
        for index in 0..request.count {
            let mut buffer = Self::buffer(index);
            self.call(&abi::QUERYBUF, &mut buffer)?;
            // SAFETY: every bit pattern is a number.
            let offset = unsafe { buffer.m.offset };
            self.buffers
                .push(Mapping::new(&self.file, offset, buffer.length as usize)?);
        }
        for index in 0..request.count {
            self.call(&abi::QBUF, &mut Self::buffer(index))?;
        }
        let mut kind = abi::BUF_TYPE_VIDEO_CAPTURE as c_int;
        self.call(&abi::STREAMON, &mut kind)
    }

    fn wait(&self, patience: Duration) -> io::Result<bool> {
        let mut poll = libc::pollfd {
            fd: self.file.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: `poll` is one valid entry, which is what the call is told.
        let ready = unsafe { libc::poll(&mut poll, 1, patience.as_millis() as c_int) };
        match ready {
            -1 => match io::Error::last_os_error() {
                error if error.kind() == io::ErrorKind::Interrupted => Ok(false),
                error => Err(error),
            },
            0 => Ok(false),
            _ if poll.revents & (libc::POLLERR | libc::POLLHUP | libc::POLLNVAL) != 0 => {
                Err(io::Error::from_raw_os_error(libc::ENODEV))
            }
            _ => Ok(true),
        }
    }

    fn take(&mut self) -> io::Result<Option<TakenFrame>> {
        let mut buffer = Self::buffer(0);
        match self.call(&abi::DQBUF, &mut buffer) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        }
        let clock = buffer.flags & abi::BUF_FLAG_TIMESTAMP_MASK;
        let nanos = |at: &libc::timeval| {
            let secs = u64::try_from(at.tv_sec).ok()?;
            let micros = u64::try_from(at.tv_usec).ok()?;
            secs.checked_mul(1_000_000_000)?.checked_add(micros.checked_mul(1000)?)
        };
        let is_monotonic = clock == abi::BUF_FLAG_TIMESTAMP_MONOTONIC;
        Ok(Some(TakenFrame {
            buffer: buffer.index,
            bytes: buffer.bytesused as usize,
            sequence: buffer.sequence,
            at_nanos: is_monotonic.then(|| nanos(&buffer.timestamp)).flatten(),
            is_damaged: buffer.flags & abi::BUF_FLAG_ERROR != 0,
        }))
    }

    fn copy(&self, taken: &TakenFrame, out: &mut Vec<u8>) {
        out.clear();
        if let Some(mapping) = self.buffers.get(taken.buffer as usize) {
            mapping.copy(0..taken.bytes, out);
        }
    }

    fn give(&mut self, taken: TakenFrame) -> io::Result<()> {
        self.call(&abi::QBUF, &mut Self::buffer(taken.buffer))
    }
}

impl Drop for VideoDevice {
    fn drop(&mut self) {
        // Without a device there is nothing to stop; the buffers' memory goes first, then the file.
        let _ = self.call(&abi::STREAMOFF, &mut (abi::BUF_TYPE_VIDEO_CAPTURE as c_int));
        self.buffers.clear();
    }
}

/// An argument of a call before it is filled in.
fn zeros<T: Copy>() -> T {
    // SAFETY: only asked for the structs of `abi`, which are made of numbers: all zeros are a value of each.
    unsafe { std::mem::zeroed() }
}

fn setting(pix: &abi::PixFormat) -> Setting {
    Setting {
        letters: FourCc(pix.pixelformat.to_le_bytes()),
        width: pix.width,
        height: pix.height,
        step: pix.bytesperline,
        is_whole: matches!(pix.field, abi::FIELD_ANY | abi::FIELD_NONE | abi::FIELD_INTERLACED),
    }
}

fn rate_hz(interval: abi::Fract) -> Option<f64> {
    let rate_hz = f64::from(interval.denominator) / f64::from(interval.numerator);
    (rate_hz.is_finite() && rate_hz > 0.0).then_some(rate_hz)
}

/// The memory of a buffer, which the device fills while it has it.
#[derive(Debug)]
struct Mapping {
    start: NonNull<c_void>,
    len: usize,
}

// SAFETY: the memory is the process's, not a thread's; only `Mapping` unmaps it, once.
unsafe impl Send for Mapping {}

impl Mapping {
    fn new(file: &File, offset: u32, len: usize) -> io::Result<Self> {
        // SAFETY: the kernel chooses where the new mapping lies, so nothing that exists is changed; offset and
        // length are those that it gave for this buffer, and it refuses others.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                len,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                offset as libc::off_t,
            )
        };
        match NonNull::new(start) {
            Some(start) if start.as_ptr() != libc::MAP_FAILED => Ok(Self { start, len }),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Adds bytes to `out`, as many of them as there are.
    fn copy(&self, range: Range<usize>, out: &mut Vec<u8>) {
        let range = range.start.min(self.len)..range.end.min(self.len);
        out.reserve(range.len());
        // SAFETY: the range is within the mapping, which lives as long as `self`; the room after the end of
        // `out` was reserved above. The memory is copied as bytes and never borrowed: a device that wrote it
        // meanwhile would spoil the image, nothing else.
        unsafe {
            let from = self.start.as_ptr().cast::<u8>().add(range.start);
            let to = out.as_mut_ptr().add(out.len());
            std::ptr::copy_nonoverlapping(from, to, range.len());
            out.set_len(out.len() + range.len());
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: start and length are those of the mapping, which nobody uses after this.
        unsafe { libc::munmap(self.start.as_ptr(), self.len) };
    }
}
