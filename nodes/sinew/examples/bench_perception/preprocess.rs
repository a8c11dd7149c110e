//! From frames to the network's input.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sinew_perception::image::{Encoding, ImageView};
use sinew_perception::preprocess::{InputSpec, Preprocessor, TensorMut};

use crate::{Figures, SIZE, medians, timed};

/// Files' endings, encodings, and bytes of a row's pixel.
const FRAMES: [(&str, Encoding, usize); 3] = [
    ("rgb", Encoding::Rgb8, 3),
    ("nv12", Encoding::Nv12, 1),
    ("yuyv", Encoding::Yuyv, 2),
];

/// As `Model` does it: into a tensor that keeps its margins. Beside it `rgb8` without vector instructions.
pub(crate) fn measure(folder: &Path, sides: &[usize], frames: usize) -> Result<Figures> {
    let mut figures = Figures::new();
    for (ending, encoding, bytes) in FRAMES {
        let file = folder.join("frame").with_extension(ending);
        let data = fs::read(&file).with_context(|| file.display().to_string())?;
        let image = ImageView::new(encoding, SIZE, bytes * SIZE[0], false, &data)?;
        for side in sides {
            let mut preprocessor = Preprocessor::new(InputSpec::yolo([*side, *side]));
            let mut tensor = vec![0.0; preprocessor.spec().len()];
            let mut last = None;
            let [took] = medians(frames, || {
                let (took, mapping) =
                    timed(|| Ok(preprocessor.run_over(&image, TensorMut::F32(&mut tensor), last.as_ref())?))?;
                last = Some(mapping);
                Ok([took])
            })?;
            figures.insert(format!("{encoding}_{side}_us"), took);
            if encoding == Encoding::Rgb8 {
                let [took] = medians(frames, || {
                    let (took, _) = timed(|| Ok(preprocessor.run_portably(&image, TensorMut::F32(&mut tensor))?))?;
                    Ok([took])
                })?;
                figures.insert(format!("portable_{side}_us"), took);
            }
        }
    }
    Ok(figures)
}
