//! A device of hawkBit: asks, downloads, and says how far it has come.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::runtime::Runtime;

use super::HawkbitError;
use super::http::Http;
use super::place::HawkbitPlace;
use super::wire::{self, Artifact, Deployment, Feedback};
use crate::client::{ClientError, Download};
use crate::progress::Unwatched;
use crate::source::{Limits, Source};

const DEPLOYMENT: &str = "deploymentBase";
const CANCEL: &str = "cancelAction";
const ATTRIBUTES: &str = "configData";
const FEEDBACK: &str = "feedback";

/// What there is for a device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Polled {
    /// How often the server wants to be asked.
    pub sleep: Option<Duration>,
    /// What is to be installed.
    pub deployment: Option<Deployment>,
    /// The action that is to be called off.
    pub canceled: Option<String>,
    /// Whether the server wants to know the device's attributes.
    pub wants_attributes: bool,
}

/// A device of hawkBit. It waits for the network, in a thread that no other runtime has.
#[derive(Debug)]
pub struct Device {
    http: Http,
    limits: Limits,
    runtime: Runtime,
}

impl Device {
    /// The device of a place. Nothing is asked yet.
    ///
    /// # Errors
    /// Where the place is none, or the token or a certificate cannot be read.
    pub fn open(place: &HawkbitPlace, limits: Limits) -> Result<Self, HawkbitError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self {
            http: Http::at(place)?,
            limits,
            runtime: runtime.map_err(|error| ClientError::Setup(error.to_string()))?,
        })
    }

    /// Limits, from now on.
    pub fn limit(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Asks what there is, and what it says of that. What is gone by the time that it is asked for is not there.
    ///
    /// # Errors
    /// Where the server cannot be reached, or answers something else than its API says.
    pub fn poll(&self) -> Result<Polled, HawkbitError> {
        self.runtime.block_on(async {
            let what = "what there is for this device";
            let base = wire::base(&self.http.get(self.http.own(&[]), what, &self.limits).await?, what)?;
            let mut polled = Polled {
                sleep: base.sleep(),
                wants_attributes: base.href(ATTRIBUTES).is_some(),
                ..Polled::default()
            };
            if let Some(bytes) = self.follow(base.href(CANCEL), CANCEL).await? {
                polled.canceled = Some(wire::cancellation(&bytes, CANCEL)?);
            } else if let Some(bytes) = self.follow(base.href(DEPLOYMENT), DEPLOYMENT).await? {
                polled.deployment = Some(wire::deployment(&bytes, DEPLOYMENT)?);
            }
            Ok(polled)
        })
    }

    async fn follow(&self, href: Option<String>, what: &str) -> Result<Option<Vec<u8>>, HawkbitError> {
        let Some(href) = href else { return Ok(None) };
        let url = self.http.expect_own(self.http.link(&href, what)?, what)?;
        match self.http.get(url, what, &self.limits).await {
            Ok(bytes) => Ok(Some(bytes)),
            // It was called off, or ended, since it was named.
            Err(HawkbitError::Gone { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Tells the device's attributes, beside those that the server knows.
    ///
    /// # Errors
    /// Where the server does not take them.
    pub fn tell_attributes(&self, attributes: &BTreeMap<String, String>) -> Result<(), HawkbitError> {
        let json = json!({ "mode": "merge", "data": attributes });
        let url = self.http.own(&[ATTRIBUTES]);
        let sent = self.http.send(Method::PUT, url, &json, ATTRIBUTES, &self.limits);
        self.runtime.block_on(sent)
    }

    /// Downloads a file, which is there only once its bytes are those that were announced. What was downloaded before an
    /// interruption is not downloaded again. Gives how many bytes came this time.
    ///
    /// # Errors
    /// Where it cannot be had, or is not what was announced.
    pub fn download(&self, artifact: &Artifact, file: &Path) -> Result<u64, HawkbitError> {
        let source = Source::Linked(self.http.linked(&artifact.href, &artifact.file.name)?);
        let download = Download {
            source: &source,
            limits: &self.limits,
            progress: &Unwatched,
        };
        Ok(self.runtime.block_on(download.fetch(&artifact.file, file))?)
    }

    /// Says how far a deployment has come. Whether it still is one; where the server has closed it, nothing more can be said.
    ///
    /// # Errors
    /// Where the server does not take it.
    pub fn tell(&self, action: &str, feedback: &Feedback) -> Result<bool, HawkbitError> {
        self.tell_of(DEPLOYMENT, action, feedback)
    }

    /// Says what becomes of the wish to call an action off, as [`Device::tell`].
    ///
    /// # Errors
    /// Where the server does not take it.
    pub fn tell_canceled(&self, action: &str, feedback: &Feedback) -> Result<bool, HawkbitError> {
        self.tell_of(CANCEL, action, feedback)
    }

    fn tell_of(&self, of: &str, action: &str, feedback: &Feedback) -> Result<bool, HawkbitError> {
        let url = self.http.own(&[of, action, FEEDBACK]);
        let json = feedback.to_json(action);
        let sent = self.http.send(Method::POST, url, &json, FEEDBACK, &self.limits);
        match self.runtime.block_on(sent) {
            Ok(()) => Ok(true),
            Err(HawkbitError::Gone { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
