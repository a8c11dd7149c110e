//! Releases out of Eclipse hawkBit: what it has assigned to this robot, and what became of it.

mod assignment;
mod params;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sinew_releases::Limits;
use sinew_releases::hawkbit::{Artifact, Device, Feedback, HawkbitError};
use sinew_releases::signature::Trust;
use sinew_releases::store::State;

use crate::archive::{KEPT_FREE, at, beside, expect_room_for, forget_others, unpacked};
use crate::offers::{Brought, Offered, Offers, OffersError, Pauses};
use crate::params::UpdaterParams;
use crate::signer::expect_signed;
use assignment::{Assignment, Noted, noted_in};

pub use params::{HawkbitParams, HawkbitToken};

/// A hawkBit, and what it wants of this robot. What hawkBit says of its files are no signatures, so that each release has to be
/// signed by somebody whom the robot's file names.
#[derive(Debug)]
pub struct Hawkbit {
    /// There until this goes.
    device: Option<Device>,
    limits: Limits,
    release: String,
    trust: Trust,
    attributes: BTreeMap<String, String>,
    noted: Noted,
    noted_in: PathBuf,
    assigned: Option<Result<Assignment, Unfit>>,
    canceled: Option<String>,
    pauses: Pauses,
}

/// A deployment that is none of a release.
#[derive(Debug, Clone)]
struct Unfit {
    action: String,
    why: String,
}

impl Hawkbit {
    /// The hawkBit of a robot's parameters; what has to be known after a new start is kept in the folder of the store.
    /// `resolved` gives whole paths.
    ///
    /// # Errors
    /// Where the place is none, nobody has to sign, or a file cannot be read.
    pub fn open(
        params: &UpdaterParams,
        robot: &str,
        store: &Path,
        resolved: impl Fn(&Path) -> PathBuf,
    ) -> anyhow::Result<Self> {
        let trust = params.signer.trust(&resolved)?;
        let trust = trust.context(
            "`signer`: expected `key_file` or `authority_file` with `hawkbit`, whose hashes are no signatures, found none",
        )?;
        let limits = Limits {
            bandwidth: params.limit(),
            keep_free: KEPT_FREE,
            ..Limits::default()
        };
        let attributes = [
            ("sinew", env!("CARGO_PKG_VERSION").to_owned()),
            ("architecture", std::env::consts::ARCH.to_owned()),
            ("release", params.release.clone()),
            ("channel", params.channel.clone()),
            ("groups", params.groups.join(",")),
        ];
        let file = noted_in(store);
        Ok(Self {
            device: Some(Device::open(&params.hawkbit.place(robot, &resolved), limits)?),
            limits,
            release: params.release.clone(),
            trust,
            attributes: attributes.map(|(key, value)| (key.to_owned(), value)).into(),
            noted: Noted::read(&file),
            noted_in: file,
            assigned: None,
            canceled: None,
            pauses: Pauses::default(),
        })
    }

    fn device(&self) -> Result<&Device, OffersError> {
        let gone = || OffersError::Unreachable("the client of hawkBit is gone".to_owned());
        self.device.as_ref().ok_or_else(gone)
    }

    /// A server that is busy says for how long.
    fn heard<T>(&mut self, answer: Result<T, HawkbitError>) -> Result<T, OffersError> {
        if let Err(HawkbitError::Busy { after, .. }) = &answer {
            self.pauses.at_least = *after;
        }
        Ok(answer?)
    }

    fn bring_file(&mut self, artifact: &Artifact, file: &Path) -> Result<u64, OffersError> {
        let brought = self.device()?.download(artifact, file);
        self.heard(brought)
    }

    fn note(&mut self, noted: Noted) -> Result<(), OffersError> {
        if self.noted != noted {
            noted
                .write(&self.noted_in)
                .map_err(|error| at(&self.noted_in, &error))?;
            self.noted = noted;
        }
        Ok(())
    }

    /// Answers the wish to call an action off: what is in charge stays so.
    fn answer_cancellation(&mut self, action: &str, state: &State) -> Result<(), OffersError> {
        let version = &self.noted.version;
        let in_charge = state.release_in_charge().map(|release| &release.version);
        let is_in_charge = self.noted.action == action && in_charge == Some(version);
        let feedback = if is_in_charge {
            Feedback::Rejected(format!("{version} is in charge; sinew release rollback takes it back"))
        } else {
            Feedback::Succeeded("it is called off".to_owned())
        };
        let answered = self.device()?.tell_canceled(action, &feedback);
        self.heard(answered)?;
        if is_in_charge {
            Ok(())
        } else {
            self.note(Noted::default())
        }
    }

    fn say(&mut self, action: &str, feedback: &Feedback) -> Result<(), OffersError> {
        if let Feedback::Proceeding(text) = feedback
            && self.noted.action == action
            && self.noted.told == *text
        {
            return Ok(());
        }
        let told = self.device()?.tell(action, feedback);
        self.heard(told)?;
        let told = match feedback {
            Feedback::Proceeding(text) => text.clone(),
            // It is asked for no more once it is closed; where it is all the same, it is said again.
            _ => String::new(),
        };
        let noted = Noted {
            action: action.to_owned(),
            told,
            ..self.noted.clone()
        };
        self.note(noted)
    }
}

impl Drop for Hawkbit {
    /// The client has a runtime of its own, which must not end in a thread of another's: the node's is one.
    fn drop(&mut self) {
        let device = self.device.take();
        // Without a thread more, the system has other worries.
        let _ = std::thread::Builder::new().spawn(move || drop(device));
    }
}

impl Offers for Hawkbit {
    fn ask(&mut self, _pinned: Option<&str>) -> Result<Offered, OffersError> {
        (self.assigned, self.canceled, self.pauses.at_least) = (None, None, None);
        let polled = self.device()?.poll();
        let polled = self.heard(polled)?;
        self.pauses.every = polled.sleep;
        if polled.wants_attributes {
            // A server that does not take them asks again, and releases do not depend on it.
            let _ = self.device()?.tell_attributes(&self.attributes);
        }
        let mut offered = Offered::default();
        if let Some(action) = polled.canceled {
            if self.noted.action == action {
                offered.withdrawn.push(self.noted.version.clone());
            }
            self.canceled = Some(action);
        } else if let Some(deployment) = polled.deployment {
            let assigned = Assignment::of(&deployment, &self.release);
            if let Ok(assignment) = &assigned {
                if self.noted.action != assignment.action || self.noted.version != assignment.version {
                    let noted = Noted {
                        action: assignment.action.clone(),
                        version: assignment.version.clone(),
                        told: String::new(),
                    };
                    self.note(noted)?;
                }
                offered.newest = assignment.is_due.then(|| assignment.version.clone());
            }
            let action = deployment.action;
            self.assigned = Some(assigned.map_err(|why| Unfit { action, why }));
        }
        Ok(offered)
    }

    fn bring(&mut self, version: &str, folder: &Path, _before: Option<&Path>) -> Result<Brought, OffersError> {
        let assigned = self.assigned.as_ref().and_then(|assigned| assigned.as_ref().ok());
        let Some(assignment) = assigned.filter(|assignment| assignment.version == version).cloned() else {
            return Err(OffersError::Unreachable(format!("{version} is not assigned any more")));
        };
        let incoming = folder.parent().unwrap_or(Path::new("."));
        let archive = incoming.join(format!("{}.tar", assignment.archive.file.sha256));
        let signature = beside(&archive, "sig");
        forget_others(incoming, &archive);
        expect_room_for(assignment.archive.file.bytes, incoming)?;
        // The signature first: without one the archive is of no use.
        let mut bytes = 0;
        for (artifact, file) in [(&assignment.signature, &signature), (&assignment.archive, &archive)] {
            bytes += self.bring_file(artifact, file)?;
        }
        let release = unpacked(&archive, folder, version)?;
        expect_signed(version, folder, &signature, &self.trust)?;
        Ok(Brought { release, bytes })
    }

    fn limit(&mut self, bytes_per_sec: Option<f64>) {
        if self.limits.bandwidth != bytes_per_sec {
            self.limits.bandwidth = bytes_per_sec;
            if let Some(device) = &mut self.device {
                device.limit(self.limits);
            }
        }
    }

    fn tell(&mut self, state: &State, refused: Option<&str>) -> Result<(), OffersError> {
        if let Some(action) = self.canceled.clone() {
            return self.answer_cancellation(&action, state);
        }
        match self.assigned.clone() {
            Some(Ok(assignment)) => {
                let feedback = assignment.feedback(state, refused);
                self.say(&assignment.action, &feedback)
            }
            Some(Err(unfit)) => self.say(&unfit.action, &Feedback::Failed(unfit.why)),
            None => Ok(()),
        }
    }

    fn pauses(&self) -> Pauses {
        self.pauses
    }
}

impl From<HawkbitError> for OffersError {
    fn from(error: HawkbitError) -> Self {
        match error {
            HawkbitError::File(error) => error.into(),
            // What the server says cannot be read: a fault of the server, which it may mend.
            error => Self::Unreachable(error.to_string()),
        }
    }
}
