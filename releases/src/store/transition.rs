//! What becomes of a store's state by which event. No file, no clock.

use std::collections::BTreeSet;

use super::event::{By, CRASH_LOOP, Event, Refusal, ShadowResult};
use super::model::FACTORY_MODEL;
use super::release::StoredRelease;
use super::state::{Barred, Held, Process, Slot, Stage, State};

impl State {
    /// The state after an event; the same state where the event changes nothing.
    ///
    /// # Errors
    /// Where the event cannot happen now: the state stays as it is.
    pub fn after(&self, event: &Event) -> Result<Self, Refusal> {
        let mut state = self.clone();
        match event {
            Event::FactoryInstalled(release) => state.install(release)?,
            Event::Staged(release) => state.stage(release)?,
            Event::AdmissionBegan(version) => {
                state.advance(version, &[Stage::Staged, Stage::Admission], Stage::Admission, "staged")?;
                state.run_another();
            }
            Event::Admitted(version) => state.advance(version, &[Stage::Admission], Stage::Admitted, "admission")?,
            Event::Refused(version, reason) => {
                let (slot, _) = state.expect_candidate(version)?;
                state.bar(slot, Barred::Refused { reason: reason.clone() });
            }
            Event::ShadowBegan(version) => {
                state.advance(version, &[Stage::Admitted], Stage::Shadow, "admitted")?;
                state.run_another();
            }
            Event::ShadowEnded(version, result) => state.end_shadow(version, result)?,
            Event::Ready(version) => state.advance(version, &[Stage::Admitted], Stage::Ready, "admitted")?,
            Event::PromotionAsked(version) => state.ask_for_promotion(version)?,
            Event::Promoted(version, by) => state.promote(version, *by)?,
            Event::ProbationPassed(version) => {
                let held = state.expect_in_charge(version)?;
                held.stage = Stage::Settled;
                held.crashes = 0;
            }
            Event::RolledBack(version, rule) => {
                state.expect_in_charge(version)?;
                state.roll_back(rule.clone());
            }
            Event::Started { limit } => state.start(*limit),
            Event::Healthy => state.process = Process::Well,
            Event::Ended => state.end(),
            Event::Damaged(slot) => state.damage(*slot),
            Event::Withdrawn(version) => {
                let (slot, _) = state.expect_candidate(version)?;
                state.put(slot, None);
            }
            Event::Pinned(version) => {
                state.refuse_barred(version)?;
                state.pinned = Some(version.clone());
            }
            Event::Unpinned => state.pinned = None,
            Event::Retry(version) => {
                if state.barred.remove(version).is_none() {
                    return Err(Refusal::NotBarred {
                        version: version.clone(),
                    });
                }
            }
        }
        Ok(state)
    }

    fn slot_mut(&mut self, slot: Slot) -> Option<&mut Option<Held>> {
        match slot {
            Slot::Factory => None,
            Slot::A => Some(&mut self.a),
            Slot::B => Some(&mut self.b),
        }
    }

    fn put(&mut self, slot: Slot, held: Option<Held>) {
        if let Some(place) = self.slot_mut(slot) {
            *place = held;
        }
    }

    fn install(&mut self, release: &StoredRelease) -> Result<(), Refusal> {
        match &self.factory {
            Some(found) if found != release => {
                return Err(Refusal::FactoryStays {
                    found: found.version.clone(),
                });
            }
            _ => self.factory = Some(release.clone()),
        }
        Ok(())
    }

    /// Whether a release may be staged now.
    ///
    /// # Errors
    /// Why it may not.
    pub fn may_stage(&self, version: &str) -> Result<(), Refusal> {
        let Some(factory) = &self.factory else {
            return Err(Refusal::NoFactory);
        };
        self.refuse_barred(version)?;
        self.refuse_unpinned(version)?;
        let in_charge = self.release_in_charge();
        let here = [(Slot::Factory, Some(factory)), (self.in_charge, in_charge)];
        for (slot, release) in here {
            if release.is_some_and(|release| release.version == version) {
                return Err(Refusal::AlreadyHere {
                    version: version.to_owned(),
                    slot,
                });
            }
        }
        match in_charge {
            Some(release) if self.is_on_probation() => Err(Refusal::OnProbation {
                version: release.version.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Whether a version is one that is here, or may come here: a number of the release whose versions are here.
    ///
    /// # Errors
    /// What was expected.
    pub(super) fn may_come(&self, version: &str) -> Result<(), Refusal> {
        let here = [Slot::Factory, Slot::A, Slot::B].map(|slot| self.release(slot));
        let here = here.into_iter().flatten().map(|release| &*release.version);
        let here: Vec<&str> = here.chain(self.barred.keys().map(String::as_str)).collect();
        if here.contains(&version) {
            return Ok(());
        }
        // A model that became a factory release by itself says nothing of what comes after it.
        let names = here.iter().filter(|version| !version.starts_with(FACTORY_MODEL));
        let names: BTreeSet<&str> = names.filter_map(|version| Some(numbered(version)?.0)).collect();
        let found = numbered(version);
        if found.is_some_and(|(name, _)| names.is_empty() || names.contains(name)) {
            return Ok(());
        }
        let names: Vec<String> = names.iter().map(|name| format!("{name}-NUMBER")).collect();
        Err(Refusal::NoVersion {
            version: version.to_owned(),
            expected: if names.is_empty() {
                "NAME-NUMBER".to_owned()
            } else {
                names.join(" or ")
            },
        })
    }

    fn stage(&mut self, release: &StoredRelease) -> Result<(), Refusal> {
        self.may_stage(&release.version)?;
        let is_there = |(_, held): (Slot, &Held)| held.release == *release;
        if !self.candidate().is_some_and(is_there) {
            let held = Held {
                release: release.clone(),
                stage: Stage::Staged,
                promotion_asked: false,
                crashes: 0,
            };
            self.put(self.free_slot(), Some(held));
        }
        Ok(())
    }

    fn expect_candidate(&mut self, version: &str) -> Result<(Slot, &mut Held), Refusal> {
        let found = self
            .candidate()
            .map(|(slot, held)| (slot, held.release.version.clone()));
        let slot = found
            .as_ref()
            .filter(|(_, found)| found == version)
            .map(|(slot, _)| *slot);
        let held = slot.and_then(|slot| Some((slot, self.slot_mut(slot)?.as_mut()?)));
        held.ok_or(Refusal::Another {
            expected: version.to_owned(),
            role: "candidate",
            found: found.map(|(_, version)| version),
        })
    }

    /// The release in charge, which an update brought.
    fn expect_in_charge(&mut self, version: &str) -> Result<&mut Held, Refusal> {
        let slot = self.in_charge;
        let found = self.release_in_charge().map(|release| release.version.clone());
        if slot == Slot::Factory && found.as_deref() == Some(version) {
            return Err(Refusal::FactoryInCharge);
        }
        let held = self.slot_mut(slot).and_then(Option::as_mut);
        held.filter(|held| held.release.version == version)
            .ok_or(Refusal::Another {
                expected: version.to_owned(),
                role: "release in charge",
                found,
            })
    }

    fn advance(&mut self, version: &str, from: &[Stage], to: Stage, expected: &'static str) -> Result<(), Refusal> {
        let (_, held) = self.expect_candidate(version)?;
        if !from.contains(&held.stage) {
            return Err(Refusal::Stage {
                version: version.to_owned(),
                found: held.stage,
                expected,
            });
        }
        held.stage = to;
        Ok(())
    }

    fn end_shadow(&mut self, version: &str, result: &ShadowResult) -> Result<(), Refusal> {
        let to = match result {
            ShadowResult::Passed => Stage::Ready,
            ShadowResult::Failed(_) | ShadowResult::Interrupted => Stage::Admitted,
        };
        self.advance(version, &[Stage::Shadow], to, "in shadow")?;
        if let ShadowResult::Failed(reason) = result {
            let (slot, _) = self.expect_candidate(version)?;
            self.bar(slot, Barred::Refused { reason: reason.clone() });
        }
        Ok(())
    }

    fn ask_for_promotion(&mut self, version: &str) -> Result<(), Refusal> {
        self.refuse_unpinned(version)?;
        let (_, held) = self.expect_candidate(version)?;
        expect_admitted(held)?;
        held.promotion_asked = true;
        Ok(())
    }

    fn promote(&mut self, version: &str, by: By) -> Result<(), Refusal> {
        self.refuse_unpinned(version)?;
        let (slot, held) = self.expect_candidate(version)?;
        if by == By::Operator {
            expect_admitted(held)?;
        } else if held.stage != Stage::Ready {
            return Err(Refusal::Stage {
                version: version.to_owned(),
                found: held.stage,
                expected: "ready",
            });
        }
        held.stage = Stage::Probation;
        held.promotion_asked = false;
        held.crashes = 0;
        self.in_charge = slot;
        self.run_another();
        Ok(())
    }

    /// Empties a slot whose version is not to come back by itself.
    fn bar(&mut self, slot: Slot, why: Barred) {
        if let Some(held) = self.slot_mut(slot).and_then(Option::take) {
            self.barred.insert(held.release.version, why);
        }
    }

    fn roll_back(&mut self, rule: String) {
        let (from, to) = (self.in_charge, self.fallback());
        self.bar(from, Barred::RolledBack { rule });
        self.in_charge = to;
    }

    /// The candidate, where it is run at this moment.
    fn running_candidate(&mut self) -> Option<(Slot, &mut Held)> {
        let (slot, _) = self.candidate()?;
        let held = self.slot_mut(slot)?.as_mut()?;
        matches!(held.stage, Stage::Admission | Stage::Shadow).then_some((slot, held))
    }

    /// What is cut off by the end of the process begins again with the next.
    fn interrupt(&mut self) {
        if let Some((_, held)) = self.running_candidate() {
            held.stage = match held.stage {
                Stage::Shadow => Stage::Admitted,
                _ => Stage::Staged,
            };
        }
    }

    fn start(&mut self, limit: u32) {
        if self.process != Process::Down {
            self.count_crash(limit.max(1));
        }
        self.interrupt();
        self.process = Process::Starting;
    }

    /// The process did not end in good order: a candidate that ran in it is to blame, or else a release on probation,
    /// however long it was well. One that has settled has shown enough, so that something else ends the process.
    fn count_crash(&mut self, limit: u32) {
        if let Some((slot, held)) = self.running_candidate() {
            held.crashes += 1;
            if held.crashes >= limit {
                let reason = CRASH_LOOP.to_owned();
                self.bar(slot, Barred::Refused { reason });
            }
        } else if self.is_on_probation() {
            let slot = self.in_charge;
            let Some(held) = self.slot_mut(slot).and_then(Option::as_mut) else {
                return;
            };
            held.crashes += 1;
            if held.crashes >= limit {
                self.roll_back(CRASH_LOOP.to_owned());
            }
        }
    }

    fn end(&mut self) {
        self.interrupt();
        self.process = Process::Down;
        for held in [&mut self.a, &mut self.b].into_iter().flatten() {
            held.crashes = 0;
        }
    }

    /// The process, if there is one, runs another model: it has to be well anew.
    fn run_another(&mut self) {
        if self.process == Process::Well {
            self.process = Process::Starting;
        }
    }

    fn damage(&mut self, slot: Slot) {
        if slot == Slot::Factory {
            return;
        }
        let fallback = self.fallback();
        self.put(slot, None);
        if self.in_charge == slot {
            self.in_charge = fallback;
        }
    }

    fn refuse_barred(&self, version: &str) -> Result<(), Refusal> {
        match self.barred.get(version) {
            Some(why) => Err(Refusal::Barred {
                version: version.to_owned(),
                why: why.clone(),
            }),
            None => Ok(()),
        }
    }

    fn refuse_unpinned(&self, version: &str) -> Result<(), Refusal> {
        match &self.pinned {
            Some(pinned) if pinned != version => Err(Refusal::Pinned {
                version: version.to_owned(),
                pinned: pinned.clone(),
            }),
            _ => Ok(()),
        }
    }
}

/// Name and number of a version such as `strider_walk-3`.
fn numbered(version: &str) -> Option<(&str, u64)> {
    let (name, number) = version.rsplit_once('-')?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let parsed: u64 = number.parse().ok()?;
    let is_version = !name.is_empty() && name.bytes().all(is_plain) && parsed.to_string() == number;
    is_version.then_some((name, parsed))
}

fn expect_admitted(held: &Held) -> Result<(), Refusal> {
    if matches!(held.stage, Stage::Admitted | Stage::Shadow | Stage::Ready) {
        Ok(())
    } else {
        Err(Refusal::Stage {
            version: held.release.version.clone(),
            found: held.stage,
            expected: "admitted, in shadow or ready",
        })
    }
}
