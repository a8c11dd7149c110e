//! Images whose numbers contradict each other, and bytes that are no images.

use proptest::prelude::*;
use sinew_messages::sensor_msgs::msg::Image;
use sinew_perception::image::{DecodeError, Encoding, ImageError, ImageView, Picture};
use sinew_perception::preprocess::{Fit, InputSpec, PreprocessError, Preprocessor, TensorMut};

fn message(encoding: &str, width: u32, height: u32, step: u32, len: usize) -> Image {
    Image {
        width,
        height,
        encoding: encoding.to_owned(),
        step,
        data: vec![7; len],
        ..Image::default()
    }
}

#[test]
fn sizes_beyond_belief_are_refused_without_their_memory() {
    for (width, height) in [
        (0, 0),
        (0, 5),
        (5, 0),
        (20_000, 20_000),
        (16_384, 16_384),
        (8_193, 8_192),
        (u32::MAX, u32::MAX),
        (1, 20_000),
    ] {
        let image = message("rgb8", width, height, u32::MAX, 10);
        assert!(
            matches!(ImageView::of(&image), Err(ImageError::Size { .. })),
            "{width}×{height}"
        );
    }
}

/// The start of a PNG of this size, 16 bits a channel with alpha.
fn png(width: u32, height: u32) -> Vec<u8> {
    let chunk = |kind: &[u8], body: &[u8]| {
        let named = [kind, body].concat();
        let crc = !named.iter().fold(u32::MAX, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| {
                (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
            })
        });
        let len = body.len() as u32;
        [&len.to_be_bytes(), named.as_slice(), &crc.to_be_bytes()].concat()
    };
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([16, 6, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(chunk(b"IHDR", &header));
    bytes.extend(chunk(b"IDAT", &[]));
    bytes.extend(chunk(b"IEND", &[]));
    bytes
}

#[test]
fn compressed_images_are_refused_by_the_size_that_they_declare() {
    for (width, height) in [(16_384, 16_384), (8_193, 8_192), (1, 16_385)] {
        let error = Picture::decode(&png(width, height)).unwrap_err();
        assert!(matches!(error, DecodeError::Size { .. }), "{width}×{height}: {error}");
    }
    // Of a size that is believed, it is its data that are missed.
    let error = Picture::decode(&png(64, 64)).unwrap_err();
    assert!(matches!(error, DecodeError::Broken { .. }), "{error}");
}

#[test]
fn only_plain_files_are_images() {
    for (file, found) in [("/dev/zero", "a device"), ("/", "a folder")] {
        let error = Picture::load(file.as_ref()).unwrap_err().to_string();
        assert!(
            error.contains(&format!("{file}: cannot be read: expected a plain file, found {found}")),
            "{error}"
        );
    }
}

#[test]
fn what_does_not_fit_says_what_was_expected_and_found() {
    let says = |image: Image, parts: &[&str]| {
        let error = ImageView::of(&image).unwrap_err().to_string();
        assert!(
            parts.iter().all(|part| error.contains(part)),
            "{parts:?} are not in: {error}"
        );
    };
    says(
        message("rgb8", 4, 2, 12, 23),
        &["at least 24 bytes", "4×2 rgb8", "found 23"],
    );
    says(message("rgb8", 4, 2, 11, 99), &["at least 12 bytes", "found 11"]);
    // A part of an image that is larger than the numbers say.
    says(
        message("rgb8", 4, 2, 12, 25),
        &["at most 24 bytes", "2 rows", "found 25"],
    );
    says(
        message("nv12", 4, 4, 4, 25),
        &["at most 24 bytes", "6 rows", "found 25"],
    );
    says(message("nv12", 4, 3, 4, 99), &["divisible by 2", "found 4×3"]);
    says(message("nv12", 4, 4, 4, 23), &["at least 24", "found 23"]);
    says(message("mono7", 4, 2, 12, 24), &["rgb8", "bayer_rggb8", "`mono7`"]);
}

#[test]
fn depth_is_metres_in_either_byte_order_and_no_colour() {
    for big_endian in [false, true] {
        let bytes = |value: f32| {
            if big_endian {
                value.to_be_bytes()
            } else {
                value.to_le_bytes()
            }
        };
        let data: Vec<u8> = [1.5, f32::NAN, -1.0, 0.0].into_iter().flat_map(bytes).collect();
        let view = ImageView::new(Encoding::Depth32F, [2, 2], 8, big_endian, &data).unwrap();
        assert_eq!(
            [
                view.depth_m(0, 0),
                view.depth_m(1, 0),
                view.depth_m(0, 1),
                view.depth_m(2, 0)
            ],
            [Some(1.5), None, None, None]
        );
        let millimetres = if big_endian {
            2500u16.to_be_bytes()
        } else {
            2500u16.to_le_bytes()
        };
        let view = ImageView::new(Encoding::Depth16, [1, 1], 2, big_endian, &millimetres).unwrap();
        assert_eq!(view.depth_m(0, 0), Some(2.5));
        let mut preprocessor = Preprocessor::new(InputSpec::yolo([4, 4]));
        let refused = preprocessor.run(&view, TensorMut::F32(&mut [0.0; 48]));
        assert!(matches!(refused, Err(PreprocessError::Depth { .. })));
    }
}

#[test]
fn a_file_that_the_decoder_panics_at_is_an_error() {
    // Found by fuzzing: a second frame, with fewer components, between the first and its picture.
    let error = Picture::decode(include_bytes!("two_frames.jpg"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("expected a whole JPEG or PNG"), "{error}");
}

proptest! {
    #[test]
    fn whatever_a_message_says_nothing_panics(
        encoding in proptest::sample::select(Encoding::names().collect::<Vec<_>>()),
        width in 0u32..40, height in 0u32..40, more in 0u32..9, less in 0usize..3, big_endian in 0u8..2,
        input in (1usize..50, 1usize..50), fit in proptest::sample::select(vec![Fit::Letterbox, Fit::Stretch, Fit::Crop]),
    ) {
        let step = width * 4 + more;
        let mut image = message(encoding, width, height, step, (step * height * 3 / 2) as usize);
        image.is_bigendian = big_endian;
        image.data.truncate(image.data.len().saturating_sub(less * step as usize));
        if let Ok(view) = ImageView::of(&image) {
            let mut preprocessor = Preprocessor::new(InputSpec { fit, ..InputSpec::yolo([input.0, input.1]) });
            let mut fast = vec![f32::NAN; preprocessor.spec().len()];
            let mut plain = fast.clone();
            let ran = preprocessor.run(&view, TensorMut::F32(&mut fast));
            if ran.is_ok() {
                preprocessor.run_portably(&view, TensorMut::F32(&mut plain)).unwrap();
                prop_assert!(fast.iter().all(|value| (0.0..=1.0).contains(value)));
                prop_assert_eq!(fast, plain);
            }
        }
    }

    #[test]
    fn whatever_the_bytes_are_nothing_panics(
        start in proptest::sample::select(vec![&b""[..], b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"]),
        rest in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let bytes: Vec<u8> = start.iter().copied().chain(rest).collect();
        let error = Picture::decode(&bytes).map(drop);
        prop_assert!(error.is_err());
    }

    #[test]
    fn a_damaged_png_is_an_error_or_an_image(at in 0usize..1000, with in any::<u8>()) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("image.png");
        let rgb: Vec<u8> = (0..3 * 17 * 9).map(|i| (i * 37) as u8).collect();
        Picture::from_rgb([17, 9], rgb).unwrap().write_png(&file).unwrap();
        let mut bytes = std::fs::read(&file).unwrap();
        let at = at % bytes.len();
        bytes[at] = with;
        let _ = Picture::decode(&bytes);
    }
}
