//! A camera that a test plugs out and in, and whose frames it makes.

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::device::{Device, DeviceInfo, TakenFrame};
use super::format::{FourCc, OfferedFormat, Setting, Sizes};

/// One end is the node's, the other the test's.
#[derive(Debug, Clone)]
pub(super) struct Fake(Arc<Mutex<State>>);

#[derive(Debug)]
pub(super) struct State {
    pub(super) plugged: bool,
    pub(super) about: DeviceInfo,
    pub(super) setting: Setting,
    pub(super) offers: Vec<OfferedFormat>,
    /// Bytes between rows that the camera has on top of what they take.
    pub(super) padding: u32,
    pub(super) rate_hz: Option<f64>,
    /// Frames that wait to be taken.
    pub(super) frames: VecDeque<FakeFrame>,
    /// Buffers that the node has.
    pub(super) taken: BTreeSet<u32>,
    buffers: u32,
    contents: Vec<Vec<u8>>,
    pub(super) starts: u32,
}

#[derive(Debug, Clone, Default)]
pub(super) struct FakeFrame {
    pub(super) data: Vec<u8>,
    pub(super) sequence: u32,
    pub(super) at_nanos: Option<u64>,
    pub(super) is_damaged: bool,
    /// What the driver says of how many bytes there are; as many as there are when left out.
    pub(super) bytes: Option<usize>,
}

fn gone() -> io::Error {
    io::Error::from_raw_os_error(libc::ENODEV)
}

impl Fake {
    /// Offers YUYV of 4×2 and 8×4, and MJPG of 16×8.
    pub(super) fn new() -> Self {
        let offer = |letters, sizes: &[[u32; 2]]| OfferedFormat {
            letters: FourCc(letters),
            sizes: (sizes.iter().copied())
                .map(|size| Sizes::One {
                    size,
                    rates_hz: vec![30.0, 15.0],
                })
                .collect(),
        };
        Self(Arc::new(Mutex::new(State {
            plugged: true,
            about: DeviceInfo {
                name: "Fake".to_owned(),
                captures: true,
                several_planes: false,
                streams: true,
            },
            setting: Setting {
                letters: FourCc(*b"YUYV"),
                width: 4,
                height: 2,
                step: 8,
                is_whole: true,
            },
            offers: vec![offer(*b"YUYV", &[[4, 2], [8, 4]]), offer(*b"MJPG", &[[16, 8]])],
            padding: 0,
            rate_hz: Some(30.0),
            frames: VecDeque::new(),
            taken: BTreeSet::new(),
            buffers: 0,
            contents: vec![Vec::new(); 4],
            starts: 0,
        })))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(super) fn shoot(&self, frame: FakeFrame) {
        self.state().frames.push_back(frame);
    }

    pub(super) fn plug_out(&self) {
        let mut state = self.state();
        state.plugged = false;
        state.frames.clear();
    }

    pub(super) fn plug_in(&self) {
        let mut state = self.state();
        state.plugged = true;
        state.taken.clear();
    }

    /// As opening the device file does.
    pub(super) fn open(&self) -> io::Result<Self> {
        self.alive().map(|_| self.clone())
    }

    fn alive(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.state();
        if state.plugged { Ok(state) } else { Err(gone()) }
    }
}

impl Device for Fake {
    fn about(&self) -> io::Result<DeviceInfo> {
        Ok(self.alive()?.about.clone())
    }

    fn setting(&self) -> io::Result<Setting> {
        Ok(self.alive()?.setting)
    }

    /// As drivers do: what cannot be becomes what can.
    fn set(&mut self, asked: Setting) -> io::Result<Setting> {
        let mut state = self.alive()?;
        let offer = (state.offers.iter().find(|offer| offer.letters == asked.letters)).unwrap_or(&state.offers[0]);
        let sizes = offer.sizes.iter().filter_map(|sizes| match sizes {
            Sizes::One { size, .. } => Some(*size),
            Sizes::Between { .. } => None,
        });
        let letters = offer.letters;
        let nearest = sizes.min_by_key(|size| size[0].abs_diff(asked.width) + size[1].abs_diff(asked.height));
        let [width, height] = nearest.unwrap_or([state.setting.width, state.setting.height]);
        let step = if letters == FourCc(*b"MJPG") {
            0
        } else {
            2 * width + state.padding
        };
        state.setting = Setting {
            letters,
            width,
            height,
            step,
            is_whole: state.setting.is_whole,
        };
        Ok(state.setting)
    }

    fn set_rate(&mut self, _rate_hz: f64) -> io::Result<Option<f64>> {
        Ok(self.alive()?.rate_hz)
    }

    fn offers(&self) -> Vec<OfferedFormat> {
        self.state().offers.clone()
    }

    fn start(&mut self, buffers: u32) -> io::Result<()> {
        let mut state = self.alive()?;
        state.buffers = buffers;
        state.starts += 1;
        Ok(())
    }

    fn wait(&self, patience: Duration) -> io::Result<bool> {
        if self.alive()?.frames.is_empty() {
            std::thread::sleep(patience.min(Duration::from_millis(2)));
        }
        Ok(!self.alive()?.frames.is_empty())
    }

    fn take(&mut self) -> io::Result<Option<TakenFrame>> {
        let mut state = self.alive()?;
        assert!(state.buffers > 0, "frames are taken of a camera that does not stream");
        let free = (0..state.buffers).find(|buffer| !state.taken.contains(buffer));
        let (Some(buffer), Some(frame)) = (free, state.frames.pop_front()) else {
            return Ok(None);
        };
        state.taken.insert(buffer);
        let bytes = frame.bytes.unwrap_or(frame.data.len());
        state.contents[buffer as usize] = frame.data;
        Ok(Some(TakenFrame {
            buffer,
            bytes,
            sequence: frame.sequence,
            at_nanos: frame.at_nanos,
            is_damaged: frame.is_damaged,
        }))
    }

    fn copy(&self, taken: &TakenFrame, out: &mut Vec<u8>) {
        let state = self.state();
        let content = &state.contents[taken.buffer as usize];
        out.clear();
        out.extend_from_slice(&content[..taken.bytes.min(content.len())]);
    }

    fn give(&mut self, taken: TakenFrame) -> io::Result<()> {
        let mut state = self.alive()?;
        assert!(state.taken.remove(&taken.buffer), "a buffer is given back twice");
        Ok(())
    }
}
