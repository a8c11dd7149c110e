//! Image messages whose numbers may contradict each other, and networks' inputs of any kind: an error, or the same
//! tensor with and without vector instructions.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sinew_fuzz::{Bytes, plant};
use sinew_messages::sensor_msgs::msg::Image;
use sinew_perception::image::{Encoding, ImageView};
use sinew_perception::preprocess::{ChannelOrder, Fit, InputSpec, Layout, Preprocessor, TensorMut};

fuzz_target!(init: plant("image_message", seeds()), |bytes: &[u8]| {
    let mut bytes = Bytes(bytes);
    let names: Vec<_> = Encoding::names().chain(["", "rgb16"]).collect();
    let encoding = bytes.pick(&names);
    let fit = bytes.pick(&[Fit::Letterbox, Fit::Stretch, Fit::Crop]);
    let spec = InputSpec {
        fit,
        order: bytes.pick(&[ChannelOrder::Rgb, ChannelOrder::Bgr, ChannelOrder::Grey]),
        layout: bytes.pick(&[Layout::Nchw, Layout::Nhwc]),
        ..InputSpec::imagenet(bytes.size().map(|side| side.div_ceil(10)))
    };
    let mut preprocessor = Preprocessor::new(spec);
    // Two, so that the second meets what the first has left behind.
    for _ in 0..2 {
        let image = message(encoding, &mut bytes);
        let Ok(view) = ImageView::of(&image) else { continue };
        let depth = view.depth_m(view.width() - 1, view.height() - 1);
        assert!(depth.is_none_or(|depth| depth > 0.0 && depth.is_finite()));
        let picture = view.to_rgb();
        assert_eq!(picture.is_none(), view.encoding().is_depth());

        let len = preprocessor.spec().len();
        let (mut fast, mut plain) = (vec![f32::NAN; len], vec![f32::NAN; len]);
        if preprocessor.run(&view, TensorMut::F32(&mut fast)).is_err() {
            assert!(picture.is_none());
            continue;
        }
        assert!(preprocessor.run_portably(&view, TensorMut::F32(&mut plain)).is_ok());
        assert!(fast.iter().all(|value| value.is_finite()));
        assert_eq!(fast, plain);
        let (mut fast, mut plain) = (vec![1; len], vec![2; len]);
        assert!(preprocessor.run(&view, TensorMut::U8(&mut fast)).is_ok());
        assert!(preprocessor.run_portably(&view, TensorMut::U8(&mut plain)).is_ok());
        assert_eq!(fast, plain);
    }
});

fn message(encoding: &str, bytes: &mut Bytes<'_>) -> Image {
    let is_bigendian = bytes.byte();
    // Small, so that there are many runs; up to 15, and all that lies around the largest that is believed.
    let side = |byte: u8| match byte {
        250.. => 16_380 + u32::from(byte - 250),
        small => u32::from(small) % 16,
    };
    let [width, height] = [side(bytes.byte()), side(bytes.byte())];
    let step = u32::from(bytes.short());
    // The few bytes that there are, over and over.
    let len = usize::from(bytes.short());
    let source = bytes.0.get(..64).unwrap_or(bytes.0);
    Image {
        encoding: encoding.to_owned(),
        is_bigendian,
        width,
        height,
        step,
        data: source.iter().copied().cycle().take(len).collect(),
        ..Image::default()
    }
}

/// One of each encoding, whole.
fn seeds() -> Vec<Vec<u8>> {
    let seed = |encoding: u8| {
        let image = [0, 8, 6, 32, 0, 0, 1];
        let mut seed = vec![encoding, encoding % 3, encoding / 2 % 3, encoding % 2, 15, 11];
        seed.extend(image);
        seed.extend(image);
        seed.extend((0..64).map(|i: u8| i.wrapping_mul(37)));
        seed
    };
    (0..Encoding::names().count() as u8).map(seed).collect()
}
