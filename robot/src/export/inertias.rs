//! Masses and inertias that every reader takes.

use nalgebra::Matrix3;

use super::armature::carrier;
use crate::model::{Inertia, RobotModel};

/// By how much of the largest moment the triangle rule is kept, so that no rounding of a reader breaks it.
const MARGIN: f64 = 1e-9;
/// Share of the largest moment by which a mended one has to change for somebody to be told.
const TOLD_SHARE: f64 = 1e-6;
/// What a link has at least that a joint moves, where the description gives it nothing: other simulators divide by it.
const LEAST_MASS_KG: f64 = 1e-3;
const LEAST_INERTIA_KG_M2: f64 = 1e-6;

/// Gives what a joint moves a mass, and every link an inertia that some body can have; a line for each kind of change.
pub(super) fn mend(model: &mut RobotModel) -> Vec<String> {
    let (mut light, mut mended) = (Vec::new(), Vec::new());
    for index in 0..model.bodies.len() {
        let weightless = model.bodies[index].joint.is_some() && carrier(model, index).is_none();
        let body = &mut model.bodies[index];
        if weightless {
            body.inertia.mass = LEAST_MASS_KG;
            body.inertia.about_com += Matrix3::identity() * LEAST_INERTIA_KG_M2;
            light.push(body.name.clone());
        }
        if body.inertia.mass > 0.0 {
            let (inertia, told) = possible_inertia(&body.inertia);
            body.inertia = inertia;
            if told {
                mended.push(body.name.clone());
            }
        }
    }
    let mut notes = Vec::new();
    if !light.is_empty() {
        notes.push(format!(
            "links without a mass that a joint moves have {LEAST_MASS_KG} kg and {LEAST_INERTIA_KG_M2} kg·m² more: {}",
            light.join(", ")
        ));
    }
    if !mended.is_empty() {
        notes.push(format!(
            "moments of inertia that no body can have are raised until none exceeds the sum of the others: {}",
            mended.join(", ")
        ));
    }
    notes
}

/// An inertia that every reader takes: principal moments above zero, none of which exceeds the sum of the others; and
/// whether it was so different that somebody has to be told.
pub fn possible_inertia(inertia: &Inertia) -> (Inertia, bool) {
    let eigen = inertia.about_com.symmetric_eigen();
    let most = eigen.eigenvalues.amax();
    let mut moments = eigen.eigenvalues.map(|moment| moment.max(MARGIN * most));
    let largest = moments.imax();
    let short = 2.0 * moments[largest] - moments.sum();
    if short <= -MARGIN * most && moments == eigen.eigenvalues {
        return (*inertia, false);
    }
    if short > -MARGIN * most {
        for (k, moment) in moments.iter_mut().enumerate() {
            if k != largest {
                *moment += 0.5 * (short + 2.0 * MARGIN * most);
            }
        }
    }
    let told = (moments - eigen.eigenvalues).amax() > TOLD_SHARE * most;
    let about_com = eigen.eigenvectors * Matrix3::from_diagonal(&moments) * eigen.eigenvectors.transpose();
    (Inertia { about_com, ..*inertia }, told)
}
