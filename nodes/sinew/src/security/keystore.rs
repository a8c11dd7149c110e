//! The folder of keys, certificates and signed documents, in the form of `ros2 security`'s.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::KeystoreError;
use super::documents::{elements, governance, permissions};
use super::files::{Scratch, about, link, make_folder, make_private, make_private_folder, read, remove, rename, write};
use super::openssl::{CONFIGURATION, CONFIGURATION_TEXT, Kind, OpenSsl};
use super::policy::{Cameras, Role};
use super::rights::{Deployment, Rights};
use sinew_node::date::Date;

/// The name of both authorities, of identities and of permissions: they are one.
const AUTHORITY: &str = "sinew security";
/// What an enclave has from the keystore: a link for each, to a file in one of its folders.
const LINKS: [(&str, &str); 4] = [
    ("identity_ca.cert.pem", "public"),
    ("permissions_ca.cert.pem", "public"),
    ("crl.pem", "public"),
    ("governance.p7s", "enclaves"),
];
/// What an enclave has of its own.
const OWN: [&str; 4] = ["key.pem", "cert.pem", "permissions.xml", "permissions.p7s"];
/// What a signer needs.
const NEEDED: [&str; 6] = [
    CONFIGURATION,
    "private/identity_ca.key.pem",
    "private/permissions_ca.key.pem",
    "public/identity_ca.cert.pem",
    "public/permissions_ca.cert.pem",
    "enclaves/governance.xml",
];
const ISSUED: &str = "private/issued.txt";
/// An expired list would lock out everybody, so that it is made to outlive the authority.
const LIST_DAYS: u32 = 36_500;
/// Of a certificate's common name.
const LONGEST: usize = 64;

/// A keystore with the authority's keys.
#[derive(Debug)]
pub struct Keystore {
    path: PathBuf,
}

/// What an enclave is to have.
#[derive(Debug, Clone, Copy)]
pub struct Grant<'a> {
    /// Who is in the process.
    pub roles: &'a [Role],
    /// The robot's names.
    pub site: &'a Deployment,
    /// Its cameras.
    pub cameras: &'a Cameras,
    /// Names of nodes that the process has beside Sinew's.
    pub programs: &'a [String],
    /// When certificate and permissions end.
    pub until: Date,
    /// Whether an enclave that is there gets a new key.
    pub renew: bool,
}

/// An enclave that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclave {
    /// For example `/left/control`.
    pub name: String,
    /// When its permissions end. None where they cannot be read.
    pub until: Option<Date>,
}

impl Keystore {
    /// Makes one for ROS domains, with an authority that ends after so many days.
    ///
    /// # Errors
    /// Where there is something already, or files or keys cannot be made.
    pub fn init(path: &Path, domains: &BTreeSet<u8>, days: u32) -> Result<Self, KeystoreError> {
        if fs::read_dir(path).is_ok_and(|mut found| found.next().is_some()) || path.is_file() {
            return Err(KeystoreError::IsThere { path: path.to_owned() });
        }
        make_folder(path)?;
        let path = &fs::canonicalize(path).map_err(about(path))?;
        let made = Self::make(path, domains, days);
        if made.is_err() {
            // Half a keystore would be in the way of the next try.
            let _ = fs::remove_dir_all(path);
        }
        made
    }

    fn make(path: &Path, domains: &BTreeSet<u8>, days: u32) -> Result<Self, KeystoreError> {
        let at = |name: &str| path.join(name);
        make_private_folder(&at("private"))?;
        for folder in ["private/issued", "public", "enclaves"] {
            make_folder(&at(folder))?;
        }
        write(&at(CONFIGURATION), CONFIGURATION_TEXT)?;
        write(&at(ISSUED), "")?;
        for authority in ["identity_ca", "permissions_ca"] {
            link("ca.key.pem".as_ref(), &at(&format!("private/{authority}.key.pem")))?;
            link("ca.cert.pem".as_ref(), &at(&format!("public/{authority}.cert.pem")))?;
        }
        let openssl = OpenSsl { keystore: path };
        let (key, certificate) = ("private/ca.key.pem", "public/ca.cert.pem");
        openssl.key(key)?;
        make_private(&at(key))?;
        let validity = [Date::now().day_before(), Date::now().after(days)];
        openssl.certificate(Kind::Authority, AUTHORITY, key, certificate, validity)?;
        openssl.revocation_list("public/crl.pem", LIST_DAYS)?;
        write(&at("enclaves/governance.xml"), &governance(domains))?;
        openssl.sign("enclaves/governance.xml", "enclaves/governance.p7s")?;
        Self::open(path)
    }

    /// One that is there.
    ///
    /// # Errors
    /// Where something is missing that is needed to sign.
    pub fn open(path: &Path) -> Result<Self, KeystoreError> {
        match NEEDED.into_iter().find(|name| !path.join(name).is_file()) {
            Some(missing) => Err(KeystoreError::NoKeystore {
                path: path.to_owned(),
                missing,
            }),
            None => Ok(Self {
                path: fs::canonicalize(path).map_err(about(path))?,
            }),
        }
    }

    /// Gives a process its enclave: a key, a certificate, and permissions for what it does.
    ///
    /// # Errors
    /// Where it has one already that is not to be renewed, and where files or keys cannot be made.
    pub fn grant(&self, enclave: &str, grant: &Grant<'_>) -> Result<(), KeystoreError> {
        if enclave.len() > LONGEST {
            return Err(KeystoreError::LongName {
                enclave: enclave.to_owned(),
            });
        }
        let folder = self.folder(enclave);
        if folder.join("cert.pem").exists() && !grant.renew {
            return Err(KeystoreError::EnclaveIsThere {
                enclave: enclave.to_owned(),
                until: end_of(&folder)
                    .map_or_else(|| "a date that cannot be read".to_owned(), |until| until.to_string()),
            });
        }
        let mut rights = Rights::new();
        for role in grant.roles {
            role.add_to(&mut rights, grant.site, grant.cameras, grant.programs);
        }
        // A clock that is a little behind is no reason to be refused.
        let validity = [Date::now().day_before(), grant.until];
        let document = permissions(enclave, validity, &self.domains()?, &rights);

        let openssl = OpenSsl { keystore: &self.path };
        let scratch = Scratch::new(self.path.join("private/unfinished"))?;
        let made = OWN.map(|name| format!("private/unfinished/{name}"));
        let [key, certificate, plain, signed] = &made;
        openssl.key(key)?;
        make_private(&self.path.join(key))?;
        openssl.certificate(Kind::Enclave, enclave, key, certificate, validity)?;
        write(&self.path.join(plain), &document)?;
        openssl.sign(plain, signed)?;

        make_folder(&folder)?;
        let up = "../".repeat(enclave.split('/').count());
        for (name, home) in LINKS {
            link(Path::new(&format!("{up}{home}/{name}")), &folder.join(name))?;
        }
        for name in OWN {
            rename(&scratch.0.join(name), &folder.join(name))?;
        }
        Ok(())
    }

    /// Takes back every certificate that an enclave was ever given, and removes the enclave. It counts where the
    /// keystore's `public/crl.pem` comes to, when a node starts there.
    ///
    /// # Errors
    /// Where the enclave has no certificate, and where files cannot be made.
    pub fn revoke(&self, enclave: &str) -> Result<(), KeystoreError> {
        let openssl = OpenSsl { keystore: &self.path };
        let issued = read(&self.path.join(ISSUED))?;
        let serials: Vec<&str> = issued.lines().filter_map(|line| serial_of(line, enclave)).collect();
        if serials.is_empty() {
            let there: Vec<_> = self.enclaves()?.into_iter().map(|enclave| enclave.name).collect();
            return Err(KeystoreError::NoEnclave {
                enclave: enclave.to_owned(),
                there: if there.is_empty() {
                    "none".to_owned()
                } else {
                    there.join(", ")
                },
            });
        }
        for serial in serials {
            openssl.revoke(&format!("private/issued/{serial}.pem"))?;
        }
        let scratch = Scratch::new(self.path.join("private/unfinished"))?;
        openssl.revocation_list("private/unfinished/crl.pem", LIST_DAYS)?;
        rename(&scratch.0.join("crl.pem"), &self.path.join("public/crl.pem"))?;
        let folder = self.folder(enclave);
        let mut names = OWN.into_iter().chain(LINKS.map(|(name, _)| name));
        names.try_for_each(|name| remove(&folder.join(name)))
    }

    /// The enclaves, by name.
    ///
    /// # Errors
    /// Where a folder cannot be read.
    pub fn enclaves(&self) -> Result<Vec<Enclave>, KeystoreError> {
        let mut found = Vec::new();
        let mut open = vec![(String::new(), self.path.join("enclaves"))];
        while let Some((name, folder)) = open.pop() {
            if folder.join("cert.pem").exists() {
                found.push(Enclave {
                    name: name.clone(),
                    until: end_of(&folder),
                });
            }
            for entry in fs::read_dir(&folder).map_err(about(&folder))?.flatten() {
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    open.push((format!("{name}/{}", entry.file_name().to_string_lossy()), entry.path()));
                }
            }
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    fn folder(&self, enclave: &str) -> PathBuf {
        self.path.join("enclaves").join(enclave.trim_start_matches('/'))
    }

    /// Those that the governance document is for.
    fn domains(&self) -> Result<BTreeSet<u8>, KeystoreError> {
        let path = self.path.join("enclaves/governance.xml");
        let document = read(&path)?;
        let domains: BTreeSet<u8> = elements(&document, "id").iter().flat_map(|id| id.parse()).collect();
        if domains.is_empty() {
            Err(KeystoreError::NoDomain { path })
        } else {
            Ok(domains)
        }
    }
}

/// When an enclave's permissions end.
fn end_of(folder: &Path) -> Option<Date> {
    let document = fs::read_to_string(folder.join("permissions.p7s")).ok()?;
    Date::parse(elements(&document, "not_after").first()?)
}

/// Of a certificate in force for the enclave, in a line of openssl's database.
fn serial_of<'a>(line: &'a str, enclave: &str) -> Option<&'a str> {
    match line.split('\t').collect::<Vec<_>>()[..] {
        // Some versions write the slashes of a name with backslashes.
        ["V", _, _, serial, _, subject] if subject.replace('\\', "").strip_prefix("/CN=") == Some(enclave) => {
            Some(serial)
        }
        _ => None,
    }
}
