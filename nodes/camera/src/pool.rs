use std::sync::Arc;

use sinew_messages::sensor_msgs::msg::Image;

/// As many as a listener with the queue of sensor data may hold, one that it looks at, and one to fill.
const KEPT: usize = 7;

/// Images that were published, to be filled again once nobody holds them: the memory of a large one takes
/// longer to get than to fill.
#[derive(Debug, Default)]
pub(super) struct Pool(Vec<Arc<Image>>);

impl Pool {
    /// An image that nobody else holds, of whatever content.
    pub(super) fn take(&mut self) -> Image {
        let free = self.0.iter_mut().position(|image| Arc::get_mut(image).is_some());
        let free = free.map(|at| self.0.swap_remove(at));
        free.and_then(Arc::into_inner).unwrap_or_default()
    }

    /// Keeps a published image.
    pub(super) fn give(&mut self, image: Arc<Image>) {
        if self.0.len() == KEPT {
            self.0.remove(0);
        }
        self.0.push(image);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_that_somebody_holds_is_not_filled_again() {
        let mut pool = Pool::default();
        let held = Arc::new(Image {
            data: vec![1; 100],
            ..Image::default()
        });
        pool.give(held.clone());
        assert!(pool.take().data.is_empty());
        drop(held);
        assert_eq!(pool.take().data.len(), 100);
        assert!(pool.take().data.is_empty());
    }

    #[test]
    fn no_more_images_are_kept_than_a_listener_may_hold() {
        let mut pool = Pool::default();
        for _ in 0..100 {
            pool.give(Arc::default());
        }
        assert_eq!(pool.0.len(), KEPT);
    }
}
