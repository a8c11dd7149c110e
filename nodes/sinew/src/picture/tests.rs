//! A picture comes out of every run.

use super::*;

/// A walk like the demo's, made up.
fn walk() -> RunPicture {
    let n = 1000;
    let times_secs: Vec<f64> = (0..n).map(|i| f64::from(i) * 0.02).collect();
    let asked = |t: f64| match t {
        t if t < 3.0 => [0.0, 0.0, 0.0],
        t if t < 8.0 => [0.6, 0.0, 0.0],
        t if t < 12.0 => [0.5, 0.0, 0.6],
        t if t < 16.0 => [0.3, 0.2, 0.0],
        _ => [0.0, 0.0, 0.0],
    };
    let (mut x, mut y, mut yaw, mut got) = (0.0, 0.0, 0.0_f64, [0.0; 3]);
    let mut run = RunPicture {
        title: "Strider walks 20 s in the embedded simulator".into(),
        notes: vec![
            "policy strider_walk 3f9c2a1b · 50 Hz policy in a 200 Hz loop · seed 1".into(),
            "9.42 m walked · velocity error 0.08 m/s · 0 missed deadlines · 0 verdicts".into(),
        ],
        tick_deadline_us: Some(5000.0),
        ..RunPicture::default()
    };
    for t in &times_secs {
        let wanted = asked(*t);
        for i in 0..3 {
            got[i] += 0.04 * (wanted[i] - got[i]);
        }
        let sway = 0.08 * (t * 20.0).sin() * f64::from(wanted != [0.0; 3]);
        run.velocity_asked.push(wanted);
        run.velocity_got
            .push([got[0] + sway, got[1] - sway, got[2] + 2.0 * sway]);
        yaw += got[2] * 0.02;
        x += 0.02 * (got[0] * yaw.cos() - got[1] * yaw.sin());
        y += 0.02 * (got[0] * yaw.sin() + got[1] * yaw.cos());
        run.path_xy_m.push([x, y]);
    }
    run.times_secs = times_secs;
    run.tick_us = (0..400)
        .map(|i| {
            let us = 14.0 * 1.012_f64.powi(i);
            (
                us,
                (3000.0 * (-(us / 30.0).ln().powi(2) * 9.0).exp()) as u64 + u64::from(i % 97 == 0),
            )
        })
        .collect();
    run
}

/// Colours of the picture that is read back from the PNG written for `run`.
fn decoded(run: &RunPicture) -> Vec<[u8; 3]> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.png");
    run.write_png(&path).unwrap();
    let picture = tiny_skia::Pixmap::load_png(&path).unwrap();
    assert_eq!((picture.width(), picture.height()), (WIDTH, HEIGHT));
    picture
        .pixels()
        .iter()
        .map(|p| [p.red(), p.green(), p.blue()])
        .collect()
}

fn count(pixels: &[[u8; 3]], colour: u32) -> usize {
    let [_, rgb @ ..] = colour.to_be_bytes();
    pixels.iter().filter(|pixel| **pixel == rgb).count()
}

#[test]
fn a_walk_shows_its_path_its_velocities_and_its_latency() {
    let pixels = decoded(&walk());
    for colour in [colour::BLUE, colour::TEAL, colour::ORANGE, colour::RED, colour::INK] {
        assert!(count(&pixels, colour) > 100, "hardly any {colour:06x}");
    }
}

#[test]
fn a_run_without_any_data_is_drawn() {
    let pixels = decoded(&RunPicture::default());
    assert_eq!(count(&pixels, colour::RED), 0);
}

#[test]
fn a_run_of_one_sample_is_drawn() {
    let pixels = decoded(&RunPicture {
        path_xy_m: vec![[3.0, -2.0]],
        times_secs: vec![0.0],
        velocity_asked: vec![[1.0, 0.0, 0.0]],
        velocity_got: vec![[0.0, 0.0, 0.0]],
        tick_us: vec![(20.0, 1)],
        ..RunPicture::default()
    });
    assert!(
        count(&pixels, colour::RED) > 50,
        "its end and its slowest tick are marked"
    );
}

#[test]
fn what_is_not_a_number_is_left_out_and_the_rest_is_drawn() {
    let mut run = walk();
    for (i, bad) in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300]
        .into_iter()
        .enumerate()
    {
        run.path_xy_m[100 + 50 * i] = [bad, 0.0];
        run.velocity_got[300 + 50 * i][i % 3] = bad;
        run.velocity_asked[500 + 50 * i][i % 3] = bad;
        run.times_secs[700 + 50 * i] = bad;
        run.tick_us.push((bad, u64::MAX));
    }
    run.tick_us.push((0.0, u64::MAX));
    run.tick_us.push((-1.0, u64::MAX));
    run.tick_deadline_us = Some(f64::NAN);
    let pixels = decoded(&run);
    assert!(count(&pixels, colour::ORANGE) > 100);
}

#[test]
fn lists_of_different_length_and_characters_of_no_font_are_drawn() {
    let mut run = walk();
    run.velocity_got.truncate(10);
    run.times_secs.truncate(500);
    run.title = "歩く \u{1f6b6}\n".into();
    decoded(&run);
}
