//! One tensor, however it is made.

use proptest::prelude::*;
use sinew_perception::image::{Encoding, ImageView};
use sinew_perception::preprocess::{Fit, InputSpec, Preprocessor, TensorMut};

const ENCODINGS: [&str; 7] = ["rgb8", "bgra8", "mono8", "yuv422", "nv12", "bayer_grbg8", "bayer_bggr8"];

/// An even size, an encoding by number, and a fit.
fn frame() -> impl Strategy<Value = ([usize; 2], usize, usize)> {
    (1..150usize, 1..40usize, 0..ENCODINGS.len(), 0..3usize)
        .prop_map(|(width, height, encoding, fit)| ([2 * width, 2 * height], encoding, fit))
}

fn view(bytes: &[u8], size: [usize; 2], encoding: usize) -> ImageView<'_> {
    let encoding = Encoding::named(ENCODINGS[encoding]).unwrap();
    ImageView::new(encoding, size, 4 * size[0], false, bytes).unwrap()
}

proptest! {
    #[test]
    fn vectors_and_plain_code_agree_and_nothing_is_left_of_the_frame_before(
        frames in proptest::collection::vec(frame(), 1..5),
        input in [1..70usize, 1..40usize],
        bytes in proptest::collection::vec(any::<u8>(), 4096),
    ) {
        let bytes = bytes.repeat(4 * 300 * 80 * 3 / 2 / 4096 + 1);
        let fits = [Fit::Letterbox, Fit::Stretch, Fit::Crop];
        let spec = InputSpec { fit: fits[frames[0].2], ..InputSpec::imagenet(input) };
        let mut used = Preprocessor::new(spec.clone());
        let mut kept = vec![f32::NAN; spec.len()];
        let mut last = None;
        for (size, encoding, _) in frames {
            let image = view(&bytes, size, encoding);
            last = Some(used.run_over(&image, TensorMut::F32(&mut kept), last.as_ref()).unwrap());
            let mut plain = vec![f32::NAN; spec.len()];
            Preprocessor::new(spec.clone()).run_portably(&image, TensorMut::F32(&mut plain)).unwrap();
            prop_assert_eq!(&kept, &plain);
        }
    }
}
