//! The shapes of the world and of the robot, and which of them can touch.

use std::collections::{BTreeMap, HashMap, HashSet};

use rapier3d::prelude::{
    ActiveHooks, CoefficientCombineRule, ColliderBuilder, ColliderHandle, Group, InteractionGroups, InteractionTestMode,
};
use sinew_robot::{Geom, RobotModel};

use super::build::Builder;
use super::shape::collision_shape;
use super::{BodyPlacement, Exclusions, WorldError, convert};

/// A collider of the robot, with the body and the geom of the description that it stands for.
pub(super) struct RobotCollider {
    pub(super) body: usize,
    pub(super) handle: ColliderHandle,
    pub(super) geom: String,
}

impl Builder<'_> {
    /// Inserts the geoms of the world; their handles are the ground.
    pub(super) fn insert_fixed_geoms(&mut self) -> Result<HashSet<ColliderHandle>, WorldError> {
        let pair_mask = self.pair_bits.values().fold(0, |bits, (a, b)| bits | a | b);
        let mut ground = HashSet::new();
        for geom in self.fixed_geoms.clone() {
            let (own, wanted) = self.pair_bits.get(&geom.name).copied().unwrap_or_default();
            let kind = geom.contact.kind & !pair_mask | own;
            let affinity = geom.contact.affinity & !pair_mask | wanted;
            if kind == 0 && affinity == 0 {
                continue;
            }
            let (shape, frame) = collision_shape(&geom.shape).ok_or_else(|| no_hull("world", &geom))?;
            // The robot's side carries the friction of the pair.
            let collider = ColliderBuilder::new(shape)
                .position(convert::pose(&(geom.pose * frame)))
                .friction(0.0)
                .friction_combine_rule(CoefficientCombineRule::Max)
                .collision_groups(groups(kind, affinity));
            ground.insert(self.physics.colliders.insert(collider));
        }
        Ok(ground)
    }

    /// Gives the robot its shapes.
    pub(super) fn insert_colliders(&mut self, placements: &[BodyPlacement]) -> Result<Vec<RobotCollider>, WorldError> {
        let model = self.model;
        let pair_mask = self.pair_bits.values().fold(0, |bits, (a, b)| bits | a | b);
        let mut inserted = Vec::new();
        let geoms: Vec<(usize, Geom)> = model.geoms().map(|(body, geom)| (body, geom.clone())).collect();
        let kept_apart = self.kept_apart();
        for (body, geom) in geoms {
            let (own, wanted) = self.pair_bits.get(&geom.name).copied().unwrap_or_default();
            let kind = geom.contact.kind & !pair_mask | own;
            let affinity = geom.contact.affinity & !pair_mask | wanted;
            let on_ground = self
                .fixed_geoms
                .iter()
                .filter_map(|ground| model.friction(&geom, ground))
                .reduce(f64::max);
            if (kind == 0 && affinity == 0) || (on_ground.is_none() && !model.self_collision) {
                continue;
            }
            let own_friction = if geom.contact.dimensions == 1 {
                0.0
            } else {
                geom.contact.friction
            };
            let friction = match (on_ground, self.params.friction) {
                (Some(friction), Some(asked)) if friction > 0.0 => asked,
                (Some(friction), _) => friction,
                (None, _) => own_friction,
            };
            let (shape, frame) =
                collision_shape(&geom.shape).ok_or_else(|| no_hull(&model.bodies[body].name, &geom))?;
            let pose = placements[body].carrier_from_body * geom.pose * frame;
            let mut collider = ColliderBuilder::new(shape)
                .position(convert::pose(&pose))
                .density(0.0)
                .friction(friction as f32)
                .friction_combine_rule(CoefficientCombineRule::Max)
                .collision_groups(groups(kind, affinity));
            if kept_apart.iter().any(|pair| pair.0 == body || pair.1 == body) {
                collider = collider.active_hooks(ActiveHooks::FILTER_CONTACT_PAIRS);
            }
            let handle =
                self.physics
                    .colliders
                    .insert_with_parent(collider, placements[body].handle, &mut self.physics.bodies);
            inserted.push(RobotCollider {
                body,
                handle,
                geom: geom.name,
            });
        }
        Ok(inserted)
    }

    /// The pairs of colliders that never touch although their masks would let them.
    pub(super) fn exclusions(&self, colliders: &[RobotCollider]) -> Exclusions {
        let of_body = |body: usize| colliders.iter().filter(move |collider| collider.body == body);
        let mut hooks = Exclusions::default();
        for (one, other) in self.kept_apart() {
            for first in of_body(one) {
                hooks
                    .pairs
                    .extend(of_body(other).map(|second| (first.handle, second.handle)));
            }
        }
        hooks
    }

    /// Pairs of bodies that never touch: those that the description excludes, and those that have
    /// only massless links of a joint with several axes between them. (Neighbours of one joint
    /// are kept apart by the joint itself.)
    fn kept_apart(&self) -> Vec<(usize, usize)> {
        let bodies = &self.model.bodies;
        let carrier_of = |body: usize| self.carried[body].0;
        let above = |carrier: usize| bodies[self.carriers[carrier].head].parent.map(carrier_of);
        let members = |carrier: usize| (0..bodies.len()).filter(move |&body| carrier_of(body) == carrier);
        let mut pairs = self.model.excludes.clone();
        for carrier in 0..self.carriers.len() {
            let Some(mut upper) = above(carrier) else { continue };
            let mut passed = false;
            while self.carriers[upper].inertia.mass == 0.0
                && let Some(next) = above(upper)
            {
                (upper, passed) = (next, true);
            }
            if passed {
                pairs.extend(members(carrier).flat_map(|one| members(upper).map(move |other| (one, other))));
            }
        }
        pairs
    }
}

/// Bits that let the geoms of `<pair>`s touch, taken from those that no mask uses: one geom of
/// each pair has it, the other looks for it.
pub(super) fn pair_bits(model: &RobotModel) -> Result<HashMap<String, (u32, u32)>, WorldError> {
    let geoms = model.bodies.iter().flat_map(|body| &body.geoms);
    let used = geoms
        .chain(&model.world_geoms)
        .fold(0, |bits, geom| bits | geom.contact.kind | geom.contact.affinity);
    let mut free: Vec<u32> = (0..32).map(|k| 1 << k).filter(|bit| used & bit == 0).collect();
    let mut waiting: Vec<[&str; 2]> = model
        .pairs
        .iter()
        .map(|pair| [pair.geom1.as_str(), pair.geom2.as_str()])
        .collect();
    let mut bits: HashMap<String, (u32, u32)> = HashMap::new();
    // The geom with the most pairs first: a floor with many feet needs a single bit.
    loop {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for name in waiting.iter().flatten() {
            *counts.entry(name).or_default() += 1;
        }
        let Some((&hub, _)) = counts.iter().max_by_key(|(_, count)| **count) else {
            return Ok(bits);
        };
        let bit = free.pop().ok_or(WorldError::TooManyPairs {
            count: model.pairs.len(),
        })?;
        bits.entry(hub.to_owned()).or_default().0 |= bit;
        for [one, other] in waiting.extract_if(.., |pair| pair.contains(&hub)) {
            let partner = if one == hub { other } else { one };
            bits.entry(partner.to_owned()).or_default().1 |= bit;
        }
    }
}

/// MuJoCo's rule: two geoms touch when either has a bit that the other looks for.
fn groups(kind: u32, affinity: u32) -> InteractionGroups {
    InteractionGroups::new(
        Group::from_bits_retain(kind),
        Group::from_bits_retain(affinity),
        InteractionTestMode::Or,
    )
}

fn no_hull(body: &str, geom: &Geom) -> WorldError {
    WorldError::NoHull {
        body: body.to_owned(),
        geom: geom.name.clone(),
    }
}
