//! Images of topics as rows of red, green and blue.

use sinew_messages::cdr;
use sinew_messages::sensor_msgs::msg::{CompressedImage, Image};

/// Larger images are no camera's.
const MAX_PIXELS: usize = 1 << 26;

/// An image, 3 bytes a pixel, in rows without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pixels {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) rgb: Vec<u8>,
}

/// The types of messages that are images.
pub(crate) const TYPES: [&str; 2] = ["sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"];

/// The image in a message of the type `type_name`.
pub(crate) fn decode(type_name: &str, data: &[u8]) -> Result<Pixels, String> {
    if type_name == TYPES[0] {
        let image = cdr::decode(data).map_err(|error| error.to_string())?;
        raw(&image)
    } else {
        let image = cdr::decode(data).map_err(|error| error.to_string())?;
        compressed(&image)
    }
}

/// Bytes a pixel, and which of them are red, green and blue.
fn layout(encoding: &str) -> Option<(usize, [usize; 3])> {
    Some(match encoding {
        "rgb8" | "8UC3" => (3, [0, 1, 2]),
        "bgr8" => (3, [2, 1, 0]),
        "rgba8" => (4, [0, 1, 2]),
        "bgra8" => (4, [2, 1, 0]),
        "mono8" | "8UC1" => (1, [0, 0, 0]),
        _ => return None,
    })
}

fn raw(image: &Image) -> Result<Pixels, String> {
    let (pixel_bytes, order) = layout(&image.encoding).ok_or_else(|| {
        let encoding = &image.encoding;
        format!("expected an image in rgb8, bgr8, rgba8, bgra8 or mono8, found {encoding}; leave its topic out (`--cameras`)")
    })?;
    let [width, height, step] = [image.width, image.height, image.step].map(|number| number as usize);
    let is_whole = width > 0
        && height > 0
        && width.checked_mul(height).is_some_and(|pixels| pixels <= MAX_PIXELS)
        && step >= width * pixel_bytes
        && step.checked_mul(height).is_some_and(|bytes| image.data.len() >= bytes);
    if !is_whole {
        let found = format!("{width} × {height}, rows of {step} bytes, {} bytes", image.data.len());
        return Err(format!("expected an image whose size fits its data, found {found}"));
    }
    let mut rgb = Vec::with_capacity(3 * width * height);
    for row in image.data.chunks_exact(step).take(height) {
        for pixel in row[..width * pixel_bytes].chunks_exact(pixel_bytes) {
            rgb.extend(order.map(|index| pixel[index]));
        }
    }
    Ok(Pixels { width, height, rgb })
}

fn compressed(image: &CompressedImage) -> Result<Pixels, String> {
    let mut reader = image::ImageReader::new(std::io::Cursor::new(&image.data))
        .with_guessed_format()
        .map_err(|error| error.to_string())?;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(4 * MAX_PIXELS as u64);
    reader.limits(limits);
    let decoded = reader
        .decode()
        .map_err(|error| format!("expected a JPEG or PNG image ({}): {error}", image.format))?
        .into_rgb8();
    let (width, height) = decoded.dimensions();
    Ok(Pixels {
        width: width as usize,
        height: height as usize,
        rgb: decoded.into_raw(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(encoding: &str, step: u32, data: Vec<u8>) -> Image {
        Image {
            width: 2,
            height: 1,
            encoding: encoding.to_owned(),
            step,
            data,
            ..Image::default()
        }
    }

    #[test]
    fn every_encoding_becomes_red_green_blue_without_gaps() {
        for (encoding, step, data, rgb) in [
            ("rgb8", 6, vec![1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]),
            ("bgr8", 8, vec![1, 2, 3, 4, 5, 6, 0, 0], [3, 2, 1, 6, 5, 4]),
            ("bgra8", 8, vec![1, 2, 3, 9, 4, 5, 6, 9], [3, 2, 1, 6, 5, 4]),
            ("mono8", 2, vec![7, 8], [7, 7, 7, 8, 8, 8]),
        ] {
            assert_eq!(raw(&image(encoding, step, data)).unwrap().rgb, rgb, "{encoding}");
        }
    }

    #[test]
    fn an_image_that_does_not_fit_its_data_is_refused() {
        assert!(
            raw(&image("rgb8", 6, vec![0; 5]))
                .unwrap_err()
                .contains("size fits its data")
        );
        assert!(
            raw(&image("rgb8", 5, vec![0; 6]))
                .unwrap_err()
                .contains("size fits its data")
        );
        assert!(raw(&image("32FC1", 8, vec![0; 8])).unwrap_err().contains("found 32FC1"));
        let compressed = compressed(&CompressedImage::default()).unwrap_err();
        assert!(compressed.contains("expected a JPEG or PNG image"), "{compressed}");
    }
}
