use std::path::{Path, PathBuf};

/// Where Linux lists what can give or take video.
const LIST: &str = "/sys/class/video4linux";

/// The cameras of this machine: device and name. Second devices of one camera, which give no images, are
/// left out.
pub fn found() -> Vec<(PathBuf, String)> {
    listed(Path::new(LIST))
}

fn listed(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut cameras: Vec<_> = entries.filter_map(|entry| camera(&entry.path())).collect();
    cameras.sort();
    cameras
}

fn camera(folder: &Path) -> Option<(PathBuf, String)> {
    let device = folder.file_name()?.to_str()?;
    let is_video = device.strip_prefix("video")?.parse::<u32>().is_ok();
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
    let is_first = read("index").is_none_or(|index| index.trim() == "0");
    let name = read("name")?.trim().to_owned();
    (is_video && is_first).then(|| (Path::new("/dev").join(device), name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cameras_are_listed_by_device_and_name_without_their_second_devices() {
        let folder = tempfile::tempdir().unwrap();
        for (device, index, name) in [
            ("video2", "0\n", "Depth camera\n"),
            ("video0", "0\n", "HD Webcam: HD Webcam\n"),
            ("video1", "1\n", "HD Webcam: HD Webcam\n"),
            ("vbi0", "0\n", "TV card\n"),
        ] {
            let device = folder.path().join(device);
            std::fs::create_dir(&device).unwrap();
            std::fs::write(device.join("index"), index).unwrap();
            std::fs::write(device.join("name"), name).unwrap();
        }
        std::fs::create_dir(folder.path().join("video3")).unwrap();
        let expected = [("/dev/video0", "HD Webcam: HD Webcam"), ("/dev/video2", "Depth camera")];
        let expected = expected.map(|(device, name)| (PathBuf::from(device), name.to_owned()));
        assert_eq!(listed(folder.path()), expected);
        assert!(listed(&folder.path().join("nowhere")).is_empty());
    }
}
