//! Keys in the place of others.

use super::init::set_role;
use super::keys::PrivateKey;
use super::metadata::{expires_in, next, sign_root};
use super::{KeyRole, Repository, RepositoryError};

impl Repository {
    /// Makes new keys for a role, as many as it has, and signs everything that follows from it. Robots that know any
    /// earlier root follow. The keys that were replaced are of no use any more.
    ///
    /// # Errors
    /// Where the root's keys are not at hand, and where it cannot be signed or written.
    pub fn rotate(&mut self, role: KeyRole) -> Result<(), RepositoryError> {
        let before = self.loaded.root().signed.clone();
        let had = before.roles.get(&role.role_type());
        let (count, threshold) = had.map_or((1, 1), |role| (role.keyids.len(), role.threshold.get()));
        let mut root = before.clone();
        let mut made = Vec::new();
        for _ in 0..count.max(1) {
            let key = PrivateKey::create(&self.keys.folder, role)?;
            self.keys.push(key.clone());
            made.push(key);
        }
        set_role(&mut root, role, &made, threshold)?;
        self.replace_root(root, role == KeyRole::Targets)
    }

    /// Signs all roles anew with the keys that they have, so that none of them expires.
    ///
    /// # Errors
    /// Where not all keys are at hand, and where it cannot be signed or written.
    pub fn renew(&mut self) -> Result<(), RepositoryError> {
        let root = self.loaded.root().signed.clone();
        self.replace_root(root, true)
    }

    fn replace_root(&mut self, mut root: tough::schema::Root, signs_targets: bool) -> Result<(), RepositoryError> {
        let before = self.loaded.root().signed.clone();
        root.version = next(Some(before.version));
        root.expires = expires_in(self.expiry.root_days)?;
        let file = self
            .runtime
            .block_on(sign_root(root.clone(), Some(&before), &self.keys))?;
        let targets = signs_targets.then(|| self.loaded.targets().signed.clone());
        // All is signed before the first file is written.
        let signed = self.sign_with(&root, Some(&before), targets)?;
        let mut files: Vec<_> = signed.files.iter().collect();
        // What the keys of both roots have signed can be there before the new root is, so that there is no moment at which a
        // robot is refused. Where the earlier keys are lost the new root has to come first.
        let at = if signed.is_for_earlier_root { files.len() } else { 0 };
        files.insert(at, &file);
        self.write(&files)
    }
}
