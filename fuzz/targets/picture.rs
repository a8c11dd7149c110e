//! Files that say they are JPEG or PNG: an error or a picture of a sane size.
#![no_main]

use std::io::Cursor;

use image::{ColorType, DynamicImage, ImageFormat};
use libfuzzer_sys::fuzz_target;
use sinew_fuzz::{forgive_dependencies, plant};
use sinew_perception::image::{MAX_SIDE, Picture};

fuzz_target!(init: { plant("picture", seeds()); forgive_dependencies() }, |bytes: &[u8]| {
    let Ok(picture) = Picture::decode(bytes) else { return };
    let [width, height] = [picture.width(), picture.height()];
    assert!((1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height));
    assert_eq!(picture.rgb().len(), 3 * width * height);
    assert_eq!(picture.view().to_rgb().as_ref(), Some(&picture));
});

/// Every kind of pixel, and a JPEG that says it lies on its side.
fn seeds() -> Vec<Vec<u8>> {
    let picture = |colours, format| {
        let image = DynamicImage::new(9, 5, colours);
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).map(|()| bytes.into_inner())
    };
    let colours = [
        ColorType::L8,
        ColorType::La8,
        ColorType::Rgb8,
        ColorType::Rgba8,
        ColorType::L16,
        ColorType::Rgba16,
    ];
    let mut seeds: Vec<_> = (colours.iter())
        .filter_map(|colours| picture(*colours, ImageFormat::Png).ok())
        .collect();
    for colours in [ColorType::L8, ColorType::Rgb8] {
        let Ok(jpeg) = picture(colours, ImageFormat::Jpeg) else {
            continue;
        };
        // APP1 with a TIFF of one entry: orientation (0x112) 6, a quarter turn.
        let exif = b"\xff\xe1\x00\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        seeds.push([&jpeg[..2], exif, &jpeg[2..]].concat());
        seeds.push(jpeg);
    }
    seeds
}
