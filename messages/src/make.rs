//! Ways to make messages that several of Sinew's crates send.

use crate::sensor_msgs::msg::Image;
use crate::std_msgs::msg::Header;
use crate::vision_msgs::msg::BoundingBox2D;

impl Image {
    /// An image of `width` and `height` in pixels, in rows without gaps, of `pixel_bytes` each, little-endian.
    pub fn packed(
        header: &Header,
        [width, height]: [usize; 2],
        encoding: &str,
        pixel_bytes: usize,
        data: Vec<u8>,
    ) -> Self {
        Self {
            header: header.clone(),
            height: height as u32,
            width: width as u32,
            encoding: encoding.to_owned(),
            is_bigendian: 0,
            step: (pixel_bytes * width) as u32,
            data,
        }
    }
}

impl BoundingBox2D {
    /// An upright box around its `centre`, of `size` (width and height), both in pixels.
    pub fn upright([x, y]: [f64; 2], [width, height]: [f64; 2]) -> Self {
        let mut message = Self::default();
        (message.center.position.x, message.center.position.y) = (x, y);
        (message.size_x, message.size_y) = (width, height);
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_no_gaps_and_a_box_lies_around_its_centre() {
        let image = Image::packed(&Header::default(), [3, 2], "32FC1", 4, vec![0; 24]);
        assert_eq!((image.width, image.height, image.step), (3, 2, 12));
        let bbox = BoundingBox2D::upright([20.0, 10.0], [8.0, 4.0]);
        assert_eq!((bbox.center.position.x, bbox.center.position.y), (20.0, 10.0));
        assert_eq!((bbox.size_x, bbox.size_y, bbox.center.theta), (8.0, 4.0, 0.0));
    }
}
