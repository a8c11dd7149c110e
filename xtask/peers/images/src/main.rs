//! From an RGB frame to a YOLO network's input (letterbox, 0 to 1, channels first) with fast_image_resize and a
//! loop, and with kornia-imgproc: peers of `nodes/sinew/examples/bench_perception`. Prints one JSON object of numbers.

use std::error::Error;
use std::time::Instant;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use kornia_image::{Image as KorniaImage, ImageSize};
use kornia_imgproc::preprocess::Preprocessor;
use kornia_tensor::Tensor;

const WIDTH: usize = 1280;
const HEIGHT: usize = 720;
const MARGIN: u8 = 114;
const WARM_UP: usize = 5;

/// Arguments: a file of 1280×720 RGB pixels, how many frames, and the sides of the inputs.
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, frames, sides @ ..] = arguments.as_slice() else {
        return Err("expected FILE FRAMES SIDE…".into());
    };
    let pixels = std::fs::read(file)?;
    let frames: usize = frames.parse()?;
    let mut figures = Vec::new();
    for side in sides {
        let side: usize = side.parse()?;
        figures.push(format!(
            r#""fast_image_resize_{side}_us":{}"#,
            resize_and_loop(&pixels, side, frames)?
        ));
        figures.push(format!(r#""kornia_{side}_us":{}"#, kornia(&pixels, side, frames)?));
    }
    println!("{{{}}}", figures.join(","));
    Ok(())
}

/// The resize without anti-aliasing, as OpenCV's; memory is kept, and the margins are filled once.
fn resize_and_loop(pixels: &[u8], side: usize, frames: usize) -> Result<f64, Box<dyn Error>> {
    let frame = ImageRef::new(WIDTH as u32, HEIGHT as u32, pixels, PixelType::U8x3)?;
    let height = side * HEIGHT / WIDTH;
    let mut small = Image::new(side as u32, height as u32, PixelType::U8x3);
    let mut resizer = Resizer::new();
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Interpolation(FilterType::Bilinear));
    let unit = 1.0 / 255.0;
    let mut input = vec![f32::from(MARGIN) * unit; 3 * side * side];
    let covered = (side - height) / 2 * side;
    median_us(frames, || {
        resizer.resize(&frame, &mut small, &options)?;
        let (red, rest) = input.split_at_mut(side * side);
        let (green, blue) = rest.split_at_mut(side * side);
        let planes = red[covered..]
            .iter_mut()
            .zip(&mut green[covered..])
            .zip(&mut blue[covered..]);
        for (pixel, ((red, green), blue)) in small.buffer().as_chunks::<3>().0.iter().zip(planes) {
            *red = f32::from(pixel[0]) * unit;
            *green = f32::from(pixel[1]) * unit;
            *blue = f32::from(pixel[2]) * unit;
        }
        Ok(())
    })
}

/// Its own preprocessor for just this.
fn kornia(pixels: &[u8], side: usize, frames: usize) -> Result<f64, Box<dyn Error>> {
    let size = ImageSize {
        width: WIDTH,
        height: HEIGHT,
    };
    let frame = KorniaImage::<u8, 3>::new(size, pixels.to_vec())?;
    let mut input = Tensor::<f32, 4>::from_shape_vec([1, 3, side, side], vec![0.0; 3 * side * side])?;
    let preprocessor = Preprocessor::builder().build()?;
    median_us(frames, || Ok(preprocessor.run(&frame, &mut input)?))
}

fn median_us(frames: usize, mut work: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let mut took = Vec::with_capacity(frames);
    for frame in 0..WARM_UP + frames {
        let began = Instant::now();
        work()?;
        if frame >= WARM_UP {
            took.push(began.elapsed().as_secs_f64() * 1e6);
        }
    }
    took.sort_by(f64::total_cmp);
    Ok(took[took.len() / 2])
}
