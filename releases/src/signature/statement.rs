//! The in-toto statement: every file of a model by its SHA-256.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Scope, SignatureError};
use crate::{Digest, digest_of};

const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE: &str = "https://model_signing/signature/v1.0";
/// The name of a model that is one file.
const ITSELF: &str = ".";
/// What is no part of a model at its top.
const NO_PART: [&str; 4] = [".git", ".gitattributes", ".github", ".gitignore"];
/// Most files, and deepest folder, of a model.
const MAX_FILES: usize = 100_000;
const MAX_DEPTH: usize = 32;

/// What was signed, or is to be.
#[derive(Debug)]
pub(super) struct Statement {
    name: String,
    files: BTreeMap<String, Digest>,
    ignored: Vec<String>,
}

impl Statement {
    /// Of what is there now.
    pub(super) fn of(model: &Path, name: &str, scope: &Scope) -> Result<Self, SignatureError> {
        let ignored = ignored(&scope.ignored, &[])?;
        let files = files(model, &ignored)?;
        if files.is_empty() {
            return Err(SignatureError::Model {
                path: model.to_owned(),
                reason: "expected at least one file".to_owned(),
            });
        }
        Ok(Self {
            name: name.to_owned(),
            files,
            ignored,
        })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let resources = self
            .files
            .iter()
            .map(|(name, digest)| json!({ "name": name, "algorithm": "sha256", "digest": digest.to_string() }));
        let statement = json!({
            "_type": STATEMENT_TYPE,
            "subject": [{ "name": self.name, "digest": { "sha256": root(self.files.values()).to_string() } }],
            "predicateType": PREDICATE_TYPE,
            "predicate": {
                "serialization": { "method": "files", "hash_type": "sha256", "allow_symlinks": false, "ignore_paths": self.ignored },
                "resources": resources.collect::<Vec<_>>(),
            },
        });
        statement.to_string().into_bytes()
    }

    /// Reads the payload of an envelope whose signature was verified.
    pub(super) fn parse(payload: &[u8]) -> Result<Self, SignatureError> {
        let wrong = SignatureError::Format;
        let statement: Value = serde_json::from_slice(payload).map_err(|error| wrong(error.to_string()))?;
        let text = |pointer: &str| statement.pointer(pointer).and_then(Value::as_str);
        for (pointer, expected) in [
            ("/_type", STATEMENT_TYPE),
            ("/predicateType", PREDICATE_TYPE),
            ("/predicate/serialization/method", "files"),
            ("/predicate/serialization/hash_type", "sha256"),
        ] {
            if text(pointer) != Some(expected) {
                let found = text(pointer).unwrap_or("nothing");
                return Err(wrong(format!("{pointer}: expected {expected}, found {found}")));
            }
        }
        let array = |pointer: &str| statement.pointer(pointer).and_then(Value::as_array);
        let resources = array("/predicate/resources").ok_or_else(|| wrong("expected `resources`".to_owned()))?;
        let mut files = BTreeMap::new();
        let mut in_order = Vec::new();
        for resource in resources {
            let of = |key: &str| resource.get(key).and_then(Value::as_str);
            let (Some(name), Some("sha256"), Some(Ok(digest))) =
                (of("name"), of("algorithm"), of("digest").map(str::parse::<Digest>))
            else {
                return Err(wrong("expected a name and a SHA-256 of each of `resources`".to_owned()));
            };
            in_order.push(digest);
            if files.insert(name.to_owned(), digest).is_some() {
                return Err(wrong(format!("{name}: it is named twice")));
            }
        }
        let expected = text("/subject/0/digest/sha256").map(str::to_owned);
        if files.is_empty() {
            return Err(wrong("expected at least one of `resources`".to_owned()));
        }
        if array("/subject").map_or(0, Vec::len) != 1 || expected != Some(root(in_order.iter()).to_string()) {
            return Err(wrong("its files are not those of its subject".to_owned()));
        }
        let ignored = array("/predicate/serialization/ignore_paths").into_iter().flatten();
        Ok(Self {
            name: text("/subject/0/name").unwrap_or_default().to_owned(),
            files,
            ignored: ignored.filter_map(Value::as_str).map(str::to_owned).collect(),
        })
    }

    /// Refuses a model that is not as it was signed. The signature's own file is none of it.
    pub(super) fn expect(&self, model: &Path, signature: &Path, scope: &Scope) -> Result<(), SignatureError> {
        let mut ignored = ignored(&scope.ignored, &self.ignored)?;
        let inside = |path: &Path| {
            Some(
                path.canonicalize()
                    .ok()?
                    .strip_prefix(model.canonicalize().ok()?)
                    .ok()?
                    .to_owned(),
            )
        };
        ignored.extend(inside(signature).and_then(|path| path.to_str().map(str::to_owned)));
        let found = files(model, &ignored)?;
        for (name, digest) in &found {
            match self.files.get(name) {
                Some(signed) if signed == digest => {}
                Some(_) => return Err(SignatureError::Changed(name.clone())),
                None if scope.may_have_more => {}
                None => return Err(SignatureError::Added(name.clone())),
            }
        }
        match self.files.keys().find(|name| !found.contains_key(*name)) {
            Some(removed) => Err(SignatureError::Removed(removed.clone())),
            None => Ok(()),
        }
    }
}

/// What is no part of a model: at its top, as whoever asks says, and as was `signed`.
fn ignored(asked: &[String], signed: &[String]) -> Result<Vec<String>, SignatureError> {
    let refused = |path: &&String| {
        let is_plain = |part: &str| !matches!(part, "" | "." | "..");
        path.contains(['*', '?', '[', '\\']) || !path.split('/').all(is_plain)
    };
    if let Some(path) = asked.iter().chain(signed).find(refused) {
        return Err(SignatureError::Format(format!(
            "expected a path within the model without wildcards to be ignored, found `{}`",
            path.escape_debug()
        )));
    }
    let mut ignored: Vec<String> = NO_PART.map(str::to_owned).to_vec();
    ignored.extend(asked.iter().chain(signed).cloned());
    ignored.sort();
    ignored.dedup();
    Ok(ignored)
}

/// One digest of all, in their order.
fn root<'a>(digests: impl Iterator<Item = &'a Digest>) -> Digest {
    let mut sha = Sha256::new();
    digests.for_each(|digest| sha.update(digest.bytes()));
    <[u8; 32]>::from(sha.finalize()).into()
}

/// Every file of a model by its path in it. Links are refused: they lead to what is not signed.
fn files(model: &Path, ignored: &[String]) -> Result<BTreeMap<String, Digest>, SignatureError> {
    let mut found = BTreeMap::new();
    let refused = |path: &Path, reason: &str| SignatureError::Model {
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    let mut open = vec![(model.to_owned(), String::new(), 0)];
    while let Some((path, name, depth)) = open.pop() {
        if ignored.contains(&name) && !name.is_empty() {
            continue;
        }
        let kind = fs::symlink_metadata(&path)
            .map_err(SignatureError::io(&path))?
            .file_type();
        // The model itself may be named by a link.
        let is_folder = if depth == 0 { path.is_dir() } else { kind.is_dir() };
        if is_folder {
            if depth == MAX_DEPTH {
                return Err(refused(&path, "expected fewer folders in folders"));
            }
            for entry in fs::read_dir(&path).map_err(SignatureError::io(&path))? {
                let entry = entry.map_err(SignatureError::io(&path))?;
                let part = entry.file_name();
                let part = part
                    .to_str()
                    .ok_or_else(|| refused(&entry.path(), "expected a name in UTF-8"))?;
                let name = if name.is_empty() {
                    part.to_owned()
                } else {
                    format!("{name}/{part}")
                };
                open.push((entry.path(), name, depth + 1));
            }
        } else if kind.is_symlink() && depth > 0 {
            return Err(refused(&path, "expected a plain file, found a link"));
        } else {
            let mut file = sinew_files::open(&path).map_err(SignatureError::io(&path))?;
            let (digest, _) = digest_of(&mut file).map_err(SignatureError::io(&path))?;
            found.insert(if name.is_empty() { ITSELF.to_owned() } else { name }, digest);
            if found.len() > MAX_FILES {
                return Err(refused(model, "expected fewer files"));
            }
        }
    }
    Ok(found)
}
