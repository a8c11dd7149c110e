//! The inertia that a drive feels at its joint, which `dampratio` is measured against.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn, Isometry3, Vector3};

use super::tree::Tree;
use crate::model::JointKind;

/// One degree of freedom in the world frame: what it turns about or slides along.
struct Dof {
    /// The body that it moves, with all that hangs on it.
    body: usize,
    turn: Vector3<f64>,
    slide: Vector3<f64>,
    through: Vector3<f64>,
    armature: f64,
}

/// The robot's mass matrix at the reference position.
pub(super) struct JointInertia {
    dofs: Vec<Dof>,
    mass: Option<Cholesky<f64, Dyn>>,
}

impl JointInertia {
    /// Puts the matrix together.
    pub(super) fn new(tree: &Tree) -> Self {
        let (dofs, mass) = mass_matrix(tree);
        Self {
            dofs,
            mass: mass.cholesky(),
        }
    }

    /// `1 / (M⁻¹)ⱼⱼ` of a body's joint, with everything else free to move, as MuJoCo has it; zero
    /// for a robot whose parts have no mass.
    pub(super) fn of(&self, body: usize) -> f64 {
        let joint = self.dofs.iter().rposition(|dof| dof.body == body);
        let (Some(joint), Some(mass)) = (joint, &self.mass) else {
            return 0.0;
        };
        let mut unit = DVector::zeros(self.dofs.len());
        unit[joint] = 1.0;
        1.0 / mass.solve(&unit)[joint]
    }
}

fn mass_matrix(tree: &Tree) -> (Vec<Dof>, DMatrix<f64>) {
    let mut poses: Vec<Isometry3<f64>> = Vec::with_capacity(tree.bodies.len());
    for part in &tree.bodies {
        let parent = part.parent.map_or_else(Isometry3::identity, |p| poses[p]);
        poses.push(parent * part.pose);
    }
    let dofs = degrees_of_freedom(tree, &poses);
    let mut mass = DMatrix::from_diagonal(&DVector::from_iterator(dofs.len(), dofs.iter().map(|dof| dof.armature)));
    for (index, part) in tree.bodies.iter().enumerate() {
        let com = (poses[index] * part.inertia.com).coords;
        let rotation = poses[index].rotation.to_rotation_matrix();
        let inertia = rotation * part.inertia.about_com * rotation.transpose();
        let above = ancestors(tree, index);
        let moving: Vec<usize> = (0..dofs.len()).filter(|&k| above.contains(&dofs[k].body)).collect();
        let motion = |k: usize| {
            let dof = &dofs[k];
            (dof.slide + dof.turn.cross(&(com - dof.through)), dof.turn)
        };
        for &a in &moving {
            let (linear_a, angular_a) = motion(a);
            for &b in &moving {
                let (linear_b, angular_b) = motion(b);
                mass[(a, b)] += part.inertia.mass * linear_a.dot(&linear_b) + angular_a.dot(&(inertia * angular_b));
            }
        }
    }
    (dofs, mass)
}

fn degrees_of_freedom(tree: &Tree, poses: &[Isometry3<f64>]) -> Vec<Dof> {
    let mut dofs = Vec::new();
    if tree.floating_base {
        let through = poses[0].translation.vector;
        let free = |turn, slide| Dof {
            body: 0,
            turn,
            slide,
            through,
            armature: 0.0,
        };
        for axis in [Vector3::x(), Vector3::y(), Vector3::z()] {
            dofs.push(free(axis, Vector3::zeros()));
            dofs.push(free(Vector3::zeros(), axis));
        }
    }
    for (body, part) in tree.bodies.iter().enumerate() {
        let Some(joint) = &part.joint else { continue };
        let axis = poses[body] * joint.axis;
        let (turn, slide) = match joint.kind {
            JointKind::Hinge => (axis, Vector3::zeros()),
            JointKind::Slide => (Vector3::zeros(), axis),
        };
        dofs.push(Dof {
            body,
            turn,
            slide,
            through: (poses[body] * joint.anchor).coords,
            armature: joint.armature,
        });
    }
    dofs
}

fn ancestors(tree: &Tree, body: usize) -> Vec<usize> {
    let mut chain = vec![body];
    while let Some(parent) = tree.bodies[chain[chain.len() - 1]].parent {
        chain.push(parent);
    }
    chain
}
