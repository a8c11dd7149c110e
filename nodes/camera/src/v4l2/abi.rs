//! The part of `<linux/videodev2.h>` that is used here: structs as they lie in memory, and the numbers of
//! the calls that take them. Their names are the header's, less the prefix.

use std::marker::PhantomData;

use libc::{Ioctl, c_int, c_ulong, timeval};

/// A call of a device, with what it takes.
pub(super) struct IoctlCall<T> {
    pub(super) number: Ioctl,
    pub(super) argument: PhantomData<fn(T)>,
}

const GROUP: u32 = b'V' as u32;

const fn reads<T>(number: u32) -> IoctlCall<T> {
    IoctlCall {
        number: libc::_IOR::<T>(GROUP, number),
        argument: PhantomData,
    }
}

const fn writes<T>(number: u32) -> IoctlCall<T> {
    IoctlCall {
        number: libc::_IOW::<T>(GROUP, number),
        argument: PhantomData,
    }
}

const fn changes<T>(number: u32) -> IoctlCall<T> {
    IoctlCall {
        number: libc::_IOWR::<T>(GROUP, number),
        argument: PhantomData,
    }
}

pub(super) const QUERYCAP: IoctlCall<Capability> = reads(0);
pub(super) const ENUM_FMT: IoctlCall<FmtDesc> = changes(2);
pub(super) const G_FMT: IoctlCall<Format> = changes(4);
pub(super) const S_FMT: IoctlCall<Format> = changes(5);
pub(super) const REQBUFS: IoctlCall<RequestBuffers> = changes(8);
pub(super) const QUERYBUF: IoctlCall<Buffer> = changes(9);
pub(super) const QBUF: IoctlCall<Buffer> = changes(15);
pub(super) const DQBUF: IoctlCall<Buffer> = changes(17);
pub(super) const STREAMON: IoctlCall<c_int> = writes(18);
pub(super) const STREAMOFF: IoctlCall<c_int> = writes(19);
pub(super) const G_PARM: IoctlCall<StreamParm> = changes(21);
pub(super) const S_PARM: IoctlCall<StreamParm> = changes(22);
pub(super) const ENUM_FRAMESIZES: IoctlCall<FrmSizeEnum> = changes(74);
pub(super) const ENUM_FRAMEINTERVALS: IoctlCall<FrmIvalEnum> = changes(75);

pub(super) const BUF_TYPE_VIDEO_CAPTURE: u32 = 1;
pub(super) const MEMORY_MMAP: u32 = 1;

pub(super) const FIELD_ANY: u32 = 0;
pub(super) const FIELD_NONE: u32 = 1;
pub(super) const FIELD_INTERLACED: u32 = 4;

pub(super) const CAP_VIDEO_CAPTURE: u32 = 0x0000_0001;
pub(super) const CAP_VIDEO_CAPTURE_MPLANE: u32 = 0x0000_1000;
pub(super) const CAP_STREAMING: u32 = 0x0400_0000;
pub(super) const CAP_DEVICE_CAPS: u32 = 0x8000_0000;
pub(super) const CAP_TIMEPERFRAME: u32 = 0x1000;

pub(super) const BUF_FLAG_ERROR: u32 = 0x0040;
pub(super) const BUF_FLAG_TIMESTAMP_MASK: u32 = 0xe000;
pub(super) const BUF_FLAG_TIMESTAMP_MONOTONIC: u32 = 0x2000;

pub(super) const FRMSIZE_TYPE_DISCRETE: u32 = 1;
pub(super) const FRMIVAL_TYPE_DISCRETE: u32 = 1;

/// Asks a driver that knows more than the first fields of [`PixFormat`] to look at the others.
pub(super) const PIX_FMT_PRIV_MAGIC: u32 = 0xfeed_cafe;

#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Capability {
    pub(super) driver: [u8; 16],
    pub(super) card: [u8; 32],
    pub(super) bus_info: [u8; 32],
    pub(super) version: u32,
    pub(super) capabilities: u32,
    pub(super) device_caps: u32,
    pub(super) reserved: [u32; 3],
}

#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct FmtDesc {
    pub(super) index: u32,
    pub(super) kind: u32,
    pub(super) flags: u32,
    pub(super) description: [u8; 32],
    pub(super) pixelformat: u32,
    pub(super) mbus_code: u32,
    pub(super) reserved: [u32; 3],
}

#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct PixFormat {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) pixelformat: u32,
    pub(super) field: u32,
    pub(super) bytesperline: u32,
    pub(super) sizeimage: u32,
    pub(super) colorspace: u32,
    pub(super) private: u32,
    pub(super) flags: u32,
    pub(super) ycbcr_enc: u32,
    pub(super) quantization: u32,
    pub(super) xfer_func: u32,
}

/// With room for the other kinds of format: one of them holds pointers, hence the alignment.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Format {
    pub(super) kind: u32,
    pub(super) fmt: FormatUnion,
}

#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct FormatUnion {
    pub(super) aligned: [c_ulong; 0],
    pub(super) pix: PixFormat,
    pub(super) rest: [u8; 200 - size_of::<PixFormat>()],
}

#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct RequestBuffers {
    pub(super) count: u32,
    pub(super) kind: u32,
    pub(super) memory: u32,
    pub(super) capabilities: u32,
    pub(super) flags: u8,
    pub(super) reserved: [u8; 3],
}

#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct TimeCode {
    pub(super) kind: u32,
    pub(super) flags: u32,
    pub(super) frames: u8,
    pub(super) seconds: u8,
    pub(super) minutes: u8,
    pub(super) hours: u8,
    pub(super) userbits: [u8; 4],
}

#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Buffer {
    pub(super) index: u32,
    pub(super) kind: u32,
    pub(super) bytesused: u32,
    pub(super) flags: u32,
    pub(super) field: u32,
    pub(super) timestamp: timeval,
    pub(super) timecode: TimeCode,
    pub(super) sequence: u32,
    pub(super) memory: u32,
    /// The offset for `mmap` is all that is used of it.
    pub(super) m: BufferPlace,
    pub(super) length: u32,
    pub(super) reserved2: u32,
    pub(super) request_fd: c_int,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub(super) union BufferPlace {
    pub(super) offset: u32,
    pub(super) userptr: c_ulong,
}

#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Fract {
    pub(super) numerator: u32,
    pub(super) denominator: u32,
}

#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct StreamParm {
    pub(super) kind: u32,
    pub(super) capture: CaptureParm,
    pub(super) rest: [u8; 200 - size_of::<CaptureParm>()],
}

#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct CaptureParm {
    pub(super) capability: u32,
    pub(super) capturemode: u32,
    pub(super) timeperframe: Fract,
    pub(super) extendedmode: u32,
    pub(super) readbuffers: u32,
    pub(super) reserved: [u32; 4],
}

#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct FrmSizeEnum {
    pub(super) index: u32,
    pub(super) pixel_format: u32,
    pub(super) kind: u32,
    pub(super) size: FrmSizeStepwise,
    pub(super) reserved: [u32; 2],
}

/// A discrete size has its width and height in the first two fields.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct FrmSizeStepwise {
    pub(super) min_width: u32,
    pub(super) max_width: u32,
    pub(super) step_width: u32,
    pub(super) min_height: u32,
    pub(super) max_height: u32,
    pub(super) step_height: u32,
}

#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct FrmIvalEnum {
    pub(super) index: u32,
    pub(super) pixel_format: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) kind: u32,
    pub(super) interval: FrmIvalStepwise,
    pub(super) reserved: [u32; 2],
}

/// A discrete interval is in the first field.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct FrmIvalStepwise {
    pub(super) min: Fract,
    pub(super) max: Fract,
    pub(super) step: Fract,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Write;
    use std::mem::{align_of, offset_of};
    use std::process::Command;

    use super::*;

    /// What C and Rust each say of the same things: by the C expression.
    type Numbers = BTreeMap<String, u64>;

    macro_rules! layout {
        ($numbers:ident, $rust:ty, $c:literal, { $($field:ident => $member:literal),* $(,)? }) => {
            $numbers.insert(format!("sizeof(struct {})", $c), size_of::<$rust>() as u64);
            $numbers.insert(format!("_Alignof(struct {})", $c), align_of::<$rust>() as u64);
            $($numbers.insert(
                format!("offsetof(struct {}, {})", $c, $member),
                offset_of!($rust, $field) as u64,
            );)*
        };
    }

    fn here() -> Numbers {
        let mut numbers = Numbers::new();
        layout!(numbers, Capability, "v4l2_capability", {
            card => "card", capabilities => "capabilities", device_caps => "device_caps", reserved => "reserved",
        });
        layout!(numbers, FmtDesc, "v4l2_fmtdesc", {
            index => "index", kind => "type", flags => "flags", pixelformat => "pixelformat", reserved => "reserved",
        });
        layout!(numbers, PixFormat, "v4l2_pix_format", {
            width => "width", height => "height", pixelformat => "pixelformat", field => "field",
            bytesperline => "bytesperline", sizeimage => "sizeimage", private => "priv", xfer_func => "xfer_func",
        });
        layout!(numbers, Format, "v4l2_format", { kind => "type", fmt => "fmt.pix" });
        layout!(numbers, RequestBuffers, "v4l2_requestbuffers", {
            count => "count", kind => "type", memory => "memory", capabilities => "capabilities",
        });
        layout!(numbers, TimeCode, "v4l2_timecode", { userbits => "userbits" });
        layout!(numbers, Buffer, "v4l2_buffer", {
            index => "index", kind => "type", bytesused => "bytesused", flags => "flags", field => "field",
            timestamp => "timestamp", timecode => "timecode", sequence => "sequence", memory => "memory",
            m => "m.offset", length => "length", request_fd => "request_fd",
        });
        layout!(numbers, StreamParm, "v4l2_streamparm", { kind => "type", capture => "parm.capture" });
        layout!(numbers, CaptureParm, "v4l2_captureparm", {
            capability => "capability", timeperframe => "timeperframe", reserved => "reserved",
        });
        layout!(numbers, FrmSizeEnum, "v4l2_frmsizeenum", {
            index => "index", pixel_format => "pixel_format", kind => "type", size => "stepwise",
            reserved => "reserved",
        });
        layout!(numbers, FrmSizeStepwise, "v4l2_frmsize_stepwise", {
            min_width => "min_width", max_width => "max_width", min_height => "min_height",
            max_height => "max_height",
        });
        layout!(numbers, FrmIvalEnum, "v4l2_frmivalenum", {
            index => "index", width => "width", height => "height", kind => "type", interval => "stepwise",
        });
        layout!(numbers, FrmIvalStepwise, "v4l2_frmival_stepwise", { min => "min", max => "max" });
        // A discrete size and interval are where the first fields of the others are.
        let discrete = offset_of!(FrmSizeEnum, size);
        numbers.insert(
            "offsetof(struct v4l2_frmsizeenum, discrete.width)".into(),
            discrete as u64,
        );
        numbers.insert(
            "offsetof(struct v4l2_frmsizeenum, discrete.height)".into(),
            discrete as u64 + 4,
        );
        let discrete = offset_of!(FrmIvalEnum, interval) as u64;
        numbers.insert("offsetof(struct v4l2_frmivalenum, discrete)".into(), discrete);
        for (name, number) in [
            ("VIDIOC_QUERYCAP", QUERYCAP.number),
            ("VIDIOC_ENUM_FMT", ENUM_FMT.number),
            ("VIDIOC_G_FMT", G_FMT.number),
            ("VIDIOC_S_FMT", S_FMT.number),
            ("VIDIOC_REQBUFS", REQBUFS.number),
            ("VIDIOC_QUERYBUF", QUERYBUF.number),
            ("VIDIOC_QBUF", QBUF.number),
            ("VIDIOC_DQBUF", DQBUF.number),
            ("VIDIOC_STREAMON", STREAMON.number),
            ("VIDIOC_STREAMOFF", STREAMOFF.number),
            ("VIDIOC_G_PARM", G_PARM.number),
            ("VIDIOC_S_PARM", S_PARM.number),
            ("VIDIOC_ENUM_FRAMESIZES", ENUM_FRAMESIZES.number),
            ("VIDIOC_ENUM_FRAMEINTERVALS", ENUM_FRAMEINTERVALS.number),
        ] {
            numbers.insert(name.into(), u64::from(number as u32));
        }
        for (name, number) in [
            ("V4L2_BUF_TYPE_VIDEO_CAPTURE", BUF_TYPE_VIDEO_CAPTURE),
            ("V4L2_MEMORY_MMAP", MEMORY_MMAP),
            ("V4L2_FIELD_ANY", FIELD_ANY),
            ("V4L2_FIELD_NONE", FIELD_NONE),
            ("V4L2_FIELD_INTERLACED", FIELD_INTERLACED),
            ("V4L2_CAP_VIDEO_CAPTURE", CAP_VIDEO_CAPTURE),
            ("V4L2_CAP_VIDEO_CAPTURE_MPLANE", CAP_VIDEO_CAPTURE_MPLANE),
            ("V4L2_CAP_STREAMING", CAP_STREAMING),
            ("V4L2_CAP_DEVICE_CAPS", CAP_DEVICE_CAPS),
            ("V4L2_CAP_TIMEPERFRAME", CAP_TIMEPERFRAME),
            ("V4L2_BUF_FLAG_ERROR", BUF_FLAG_ERROR),
            ("V4L2_BUF_FLAG_TIMESTAMP_MASK", BUF_FLAG_TIMESTAMP_MASK),
            ("V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC", BUF_FLAG_TIMESTAMP_MONOTONIC),
            ("V4L2_FRMSIZE_TYPE_DISCRETE", FRMSIZE_TYPE_DISCRETE),
            ("V4L2_FRMIVAL_TYPE_DISCRETE", FRMIVAL_TYPE_DISCRETE),
            ("V4L2_PIX_FMT_PRIV_MAGIC", PIX_FMT_PRIV_MAGIC),
        ] {
            numbers.insert(name.into(), number.into());
        }
        for (name, letters) in [
            ("V4L2_PIX_FMT_YUYV", *b"YUYV"),
            ("V4L2_PIX_FMT_UYVY", *b"UYVY"),
            ("V4L2_PIX_FMT_NV12", *b"NV12"),
            ("V4L2_PIX_FMT_NV21", *b"NV21"),
            ("V4L2_PIX_FMT_RGB24", *b"RGB3"),
            ("V4L2_PIX_FMT_BGR24", *b"BGR3"),
            ("V4L2_PIX_FMT_GREY", *b"GREY"),
            ("V4L2_PIX_FMT_Y16", *b"Y16 "),
            ("V4L2_PIX_FMT_SRGGB8", *b"RGGB"),
            ("V4L2_PIX_FMT_SBGGR8", *b"BA81"),
            ("V4L2_PIX_FMT_SGBRG8", *b"GBRG"),
            ("V4L2_PIX_FMT_SGRBG8", *b"GRBG"),
            ("V4L2_PIX_FMT_MJPEG", *b"MJPG"),
            ("V4L2_PIX_FMT_JPEG", *b"JPEG"),
        ] {
            numbers.insert(name.into(), u32::from_le_bytes(letters).into());
        }
        numbers
    }

    /// Asks the machine's own header, with its own compiler.
    fn of_the_header(expressions: impl Iterator<Item = String>) -> Result<Numbers, String> {
        let folder = tempfile::tempdir().unwrap();
        let (source, program) = (folder.path().join("numbers.c"), folder.path().join("numbers"));
        let mut text =
            "#include <linux/videodev2.h>\n#include <stddef.h>\n#include <stdio.h>\nint main(void) {\n".to_owned();
        for expression in expressions {
            writeln!(
                text,
                "printf(\"%llu {expression}\\n\", (unsigned long long)({expression}));"
            )
            .unwrap();
        }
        text.push_str("return 0; }\n");
        std::fs::write(&source, text).unwrap();
        let mut cc = Command::new("cc");
        let compiled = cc
            .arg(&source)
            .arg("-o")
            .arg(&program)
            .output()
            .map_err(|error| error.to_string())?;
        if !compiled.status.success() {
            return Err(String::from_utf8_lossy(&compiled.stderr).into_owned());
        }
        let said = Command::new(&program).output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let number = |line: &str| {
            let (number, expression) = line.split_once(' ').unwrap();
            (expression.to_owned(), number.parse().unwrap())
        };
        Ok(said.lines().map(number).collect())
    }

    #[test]
    fn structs_and_numbers_are_those_of_the_system_header() {
        let here = here();
        match of_the_header(here.keys().cloned()) {
            Ok(there) => assert_eq!(here, there),
            Err(error) if error.contains("numbers.c") && !error.contains("videodev2.h: No such file") => {
                panic!("{error}");
            }
            Err(error) => eprintln!("skipped: needs a C compiler and <linux/videodev2.h>: {error}"),
        }
    }
}
