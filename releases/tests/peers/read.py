"""Downloads targets of a repository with python-tuf's own client: `read.py ROOT.json URL FOLDER NAME...`."""

import pathlib
import sys

from tuf.ngclient import Updater

root, url, folder, *names = sys.argv[1:]
folder = pathlib.Path(folder)
for part in ["metadata", "targets"]:
    (folder / part).mkdir(parents=True, exist_ok=True)
updater = Updater(
    metadata_dir=str(folder / "metadata"),
    metadata_base_url=f"{url}/metadata/",
    target_dir=str(folder / "targets"),
    target_base_url=f"{url}/targets/",
    bootstrap=pathlib.Path(root).read_bytes(),
)
updater.refresh()
for name in names:
    info = updater.get_targetinfo(name)
    assert info is not None, name
    print(updater.download_target(info))
