//! The fields of an MCAP record, read from the front.

use std::collections::BTreeMap;

/// Bytes that are left of a record. What is wrong with them is a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn take(&mut self, count: u64) -> Result<&'a [u8], String> {
        let split = usize::try_from(count)
            .ok()
            .and_then(|count| self.0.split_at_checked(count));
        let (taken, rest) =
            split.ok_or_else(|| format!("a field of {count} bytes where the record has {} left", self.0.len()))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let bytes = self.take(N as u64)?;
        bytes.try_into().map_err(|_| "a field of another length".to_owned())
    }

    pub(super) fn u16(&mut self) -> Result<u16, String> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, String> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, String> {
        self.array().map(u64::from_le_bytes)
    }

    /// Bytes with their length before them.
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], String> {
        let count = self.u32()?;
        self.take(u64::from(count))
    }

    pub(super) fn text(&mut self) -> Result<String, String> {
        let text = std::str::from_utf8(self.bytes()?);
        text.map(str::to_owned)
            .map_err(|error| format!("expected a text of UTF-8: {error}"))
    }

    /// Keys and values, with the bytes that they take before them.
    pub(super) fn map(&mut self) -> Result<BTreeMap<String, String>, String> {
        let mut inside = Self(self.bytes()?);
        let mut map = BTreeMap::new();
        while !inside.0.is_empty() {
            let (key, value) = (inside.text()?, inside.text()?);
            if map.contains_key(&key) {
                return Err(format!("the key {key:?} twice in one map"));
            }
            map.insert(key, value);
        }
        Ok(map)
    }

    /// Numbers by channel, with the bytes that they take before them.
    pub(super) fn counts(&mut self) -> Result<BTreeMap<u16, u64>, String> {
        let mut inside = Self(self.bytes()?);
        let mut map = BTreeMap::new();
        while !inside.0.is_empty() {
            map.insert(inside.u16()?, inside.u64()?);
        }
        Ok(map)
    }
}
