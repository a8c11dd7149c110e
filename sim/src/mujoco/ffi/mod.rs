//! The crate's only unsafe code: MuJoCo's C API, called without a Rust allocation. The layout of its data is that of the
//! crate mujoco-rs, which is for one version; its functions are taken out of the library when it is loaded, so that a
//! program starts without it.

mod library;

use std::ffi::{CStr, CString, c_int};
use std::fmt;
use std::path::Path;
use std::ptr::NonNull;
use std::slice;

use mujoco_rs::mujoco_c::{mjContact, mjData, mjModel, mjOption, mjVFS, mjWarningStat, mjtObj};

use self::library::Functions;
pub(crate) use self::library::VERSION;
pub use self::library::{Mujoco, mujoco};
use super::error::MujocoError;

/// Length of what MuJoCo may say of a description, bytes.
const MESSAGE_LEN: usize = 1000;

/// Kinds of parts that have names.
#[derive(Debug, Clone, Copy)]
#[repr(i32)]
pub(super) enum Named {
    Body = mjtObj::mjOBJ_BODY as i32,
    Joint = mjtObj::mjOBJ_JOINT as i32,
    Geom = mjtObj::mjOBJ_GEOM as i32,
}

/// A model and its state; both are freed with it.
pub(super) struct Simulation {
    functions: &'static Functions,
    model: NonNull<mjModel>,
    data: NonNull<mjData>,
}

// SAFETY: model and data belong to this value alone, and MuJoCo keeps nothing of them in its threads.
unsafe impl Send for Simulation {}

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = self.model();
        f.debug_struct("Simulation")
            .field("nq", &model.nq)
            .field("nbody", &model.nbody)
            .finish_non_exhaustive()
    }
}

/// Arrays of the model or of its state, each as long as its second part says.
macro_rules! arrays {
    ($owner:ident: $($name:ident: $type:ty, $len:expr;)*) => {$(
        #[allow(clippy::allow_attributes, dead_code, reason = "some are only read, and some only written")]
        pub(super) fn $name(&self) -> &[$type] {
            let len: fn(&mjModel) -> i64 = $len;
            // SAFETY: MuJoCo has allocated so many of this type here, and they live as long as `self`.
            unsafe { array(self.$owner().$name, len(self.model())) }
        }
    )*};
}

/// The same, for those that are changed.
macro_rules! changed_arrays {
    ($owner:ident: $($name:ident as $field:ident: $type:ty, $len:expr;)*) => {$(
        pub(super) fn $name(&mut self) -> &mut [$type] {
            let len: fn(&mjModel) -> i64 = $len;
            let len = usize::try_from(len(self.model())).unwrap_or(0);
            let start = self.$owner().$field;
            if len == 0 || start.is_null() {
                return &mut [];
            }
            // SAFETY: MuJoCo has allocated so many of this type here, and `self` is borrowed for as long.
            unsafe { slice::from_raw_parts_mut(start, len) }
        }
    )*};
}

/// # Safety
/// `start` must be null or the start of `len` values that live for `'a`.
unsafe fn array<'a, T>(start: *const T, len: i64) -> &'a [T] {
    let len = usize::try_from(len).unwrap_or(0);
    if len == 0 || start.is_null() {
        return &[];
    }
    // SAFETY: as this function's own.
    unsafe { slice::from_raw_parts(start, len) }
}

impl Simulation {
    /// Has MuJoCo read `scene`, an MJCF that lies beside `file` and includes it.
    pub(super) fn load(file: &Path, scene: &str) -> Result<Self, MujocoError> {
        let functions = &mujoco()?.functions;
        let refused = |reason: &str| MujocoError::Refused {
            file: file.to_owned(),
            reason: reason.trim().replace('\n', ", "),
        };
        // A name that no file has: what MuJoCo is given under it is in memory.
        let place = file.with_file_name("what sinew simulates.xml");
        let place = place.to_str().and_then(|name| CString::new(name).ok());
        let place = place.ok_or_else(|| refused("its path is not UTF-8"))?;
        let len = c_int::try_from(scene.len()).map_err(|_| refused("it is too long"))?;
        let mut vfs = mjVFS {
            impl_: std::ptr::null_mut(),
        };
        let mut message = [0; MESSAGE_LEN];
        // SAFETY: `vfs` is made before it is used and deleted after; the scene is copied out of `len` bytes; `message`
        // has the length that is said, and MuJoCo ends what it writes there with a zero.
        let model = unsafe {
            (functions.default_vfs)(&mut vfs);
            (functions.add_buffer_vfs)(&mut vfs, place.as_ptr(), scene.as_ptr().cast(), len);
            let model = (functions.load_xml)(place.as_ptr(), &vfs, message.as_mut_ptr(), MESSAGE_LEN as c_int);
            (functions.delete_vfs)(&mut vfs);
            model
        };
        let Some(model) = NonNull::new(model) else {
            // SAFETY: the array is full of zeros but for what MuJoCo wrote, which ends in one.
            let reason = unsafe { CStr::from_ptr(message.as_ptr()) };
            return Err(refused(&reason.to_string_lossy()));
        };
        // SAFETY: the model is whole.
        let data = NonNull::new(unsafe { (functions.make_data)(model.as_ptr()) });
        let Some(data) = data else {
            // SAFETY: it is ours, and used nowhere else.
            unsafe { (functions.delete_model)(model.as_ptr()) };
            return Err(refused("there is no memory for its state"));
        };
        Ok(Self { functions, model, data })
    }

    fn model(&self) -> &mjModel {
        // SAFETY: it lives as long as `self`, and is changed through `&mut self` alone.
        unsafe { self.model.as_ref() }
    }

    fn data(&self) -> &mjData {
        // SAFETY: as the model.
        unsafe { self.data.as_ref() }
    }

    /// The model's settings.
    pub(super) fn option(&mut self) -> &mut mjOption {
        // SAFETY: as `model`, and `self` is borrowed for as long.
        unsafe { &mut self.model.as_mut().opt }
    }

    arrays! { model:
        jnt_type: c_int, |m| m.njnt;
        jnt_qposadr: c_int, |m| m.njnt;
        jnt_dofadr: c_int, |m| m.njnt;
        body_jntnum: c_int, |m| m.nbody;
        body_jntadr: c_int, |m| m.nbody;
        body_parentid: c_int, |m| m.nbody;
        body_weldid: c_int, |m| m.nbody;
        geom_bodyid: c_int, |m| m.ngeom;
        geom_type: c_int, |m| m.ngeom;
        geom_contype: c_int, |m| m.ngeom;
        geom_conaffinity: c_int, |m| m.ngeom;
        geom_priority: c_int, |m| m.ngeom;
        pair_geom1: c_int, |m| m.npair;
        pair_geom2: c_int, |m| m.npair;
        actuator_trntype: c_int, |m| m.nactuator;
        actuator_trnid: c_int, |m| 2 * m.nactuator;
        actuator_ctrladr: c_int, |m| m.nactuator;
        actuator_outadr: c_int, |m| m.nactuator;
    }

    changed_arrays! { model:
        body_mass_mut as body_mass: f64, |m| m.nbody;
        body_inertia_mut as body_inertia: f64, |m| 3 * m.nbody;
        body_pos_mut as body_pos: f64, |m| 3 * m.nbody;
        body_quat_mut as body_quat: f64, |m| 4 * m.nbody;
        jnt_actfrclimited_mut as jnt_actfrclimited: bool, |m| m.njnt;
        dof_armature_mut as dof_armature: f64, |m| m.nv;
        geom_pos_mut as geom_pos: f64, |m| 3 * m.ngeom;
        geom_quat_mut as geom_quat: f64, |m| 4 * m.ngeom;
        geom_sameframe_mut as geom_sameframe: u8, |m| m.ngeom;
        geom_condim_mut as geom_condim: c_int, |m| m.ngeom;
        geom_priority_mut as geom_priority: c_int, |m| m.ngeom;
        geom_friction_mut as geom_friction: f64, |m| 3 * m.ngeom;
        pair_dim_mut as pair_dim: c_int, |m| m.npair;
        pair_friction_mut as pair_friction: f64, |m| 5 * m.npair;
        actuator_dyntype_mut as actuator_dyntype: c_int, |m| m.nactuator;
        actuator_gaintype_mut as actuator_gaintype: c_int, |m| m.nactuator;
        actuator_biastype_mut as actuator_biastype: c_int, |m| m.nactuator;
        actuator_actadr_mut as actuator_actadr: c_int, |m| m.nactuator;
        actuator_actnum_mut as actuator_actnum: c_int, |m| m.nactuator;
        actuator_gainprm_mut as actuator_gainprm: f64, |m| 10 * m.nactuator;
        actuator_biasprm_mut as actuator_biasprm: f64, |m| 10 * m.nactuator;
        actuator_forcelimited_mut as actuator_forcelimited: bool, |m| m.nactuator;
        actuator_forcerange_mut as actuator_forcerange: f64, |m| 2 * m.nactuator;
        actuator_ctrllimited_mut as actuator_ctrllimited: bool, |m| m.nu;
        actuator_gear_mut as actuator_gear: f64, |m| 6 * m.nout;
        actuator_delay_mut as actuator_delay: f64, |m| m.nactuator;
    }

    arrays! { data:
        qpos: f64, |m| m.nq;
        qvel: f64, |m| m.nv;
        actuator_force: f64, |m| m.nout;
        xpos: f64, |m| 3 * m.nbody;
        xquat: f64, |m| 4 * m.nbody;
    }

    changed_arrays! { data:
        qpos_mut as qpos: f64, |m| m.nq;
        qvel_mut as qvel: f64, |m| m.nv;
        ctrl_mut as ctrl: f64, |m| m.nu;
    }

    /// The contacts of the last step.
    pub(super) fn contacts(&self) -> &[mjContact] {
        // SAFETY: MuJoCo has `ncon` of them here, until `self` is stepped.
        unsafe { array(self.data().contact, i64::from(self.data().ncon)) }
    }

    /// How often MuJoCo has warned of what, and of which part last; in the order of `mjtWarning`.
    pub(super) fn warnings(&self) -> &[mjWarningStat] {
        &self.data().warning
    }

    /// The part of this name.
    pub(super) fn id(&self, kind: Named, name: &str) -> Option<usize> {
        let name = CString::new(name).ok()?;
        // SAFETY: the model is whole, the name ends in a zero.
        let id = unsafe { (self.functions.name2id)(self.model(), kind as c_int, name.as_ptr()) };
        usize::try_from(id).ok()
    }

    /// The part's name; empty where it has none.
    pub(super) fn name(&self, kind: Named, id: usize) -> String {
        let id = c_int::try_from(id).unwrap_or(-1);
        // SAFETY: MuJoCo answers with null for an id that is not there, else with a string of the model.
        unsafe {
            let name = (self.functions.id2name)(self.model(), kind as c_int, id);
            if name.is_null() {
                return String::new();
            }
            CStr::from_ptr(name).to_string_lossy().into_owned()
        }
    }

    /// Puts the state back to where it began.
    pub(super) fn reset(&mut self) {
        // SAFETY: model and data belong together.
        unsafe { (self.functions.reset_data)(self.model.as_ptr(), self.data.as_ptr()) };
    }

    /// Works out anew what follows from masses and geometry.
    pub(super) fn set_constants(&mut self) {
        // SAFETY: model and data belong together, and both are ours.
        unsafe { (self.functions.set_const)(self.model.as_ptr(), self.data.as_ptr()) };
    }

    /// The first half of a step: all that follows from positions and velocities.
    pub(super) fn step1(&mut self) {
        // SAFETY: model and data belong together.
        unsafe { (self.functions.step1)(self.model.as_ptr(), self.data.as_ptr()) };
    }

    /// The second half of a step: forces, accelerations, and the new state.
    pub(super) fn step2(&mut self) {
        // SAFETY: model and data belong together.
        unsafe { (self.functions.step2)(self.model.as_ptr(), self.data.as_ptr()) };
    }

    /// Velocity of a body's frame in the world's axes: angular, then linear.
    pub(super) fn body_velocity(&self, body: usize) -> [f64; 6] {
        let mut velocity = [0.0; 6];
        let id = body as c_int;
        let kind = mjtObj::mjOBJ_XBODY as c_int;
        // SAFETY: the id is one that MuJoCo gave; it writes six numbers.
        unsafe { (self.functions.object_velocity)(self.model(), self.data(), kind, id, velocity.as_mut_ptr(), 0) };
        velocity
    }

    /// Force of a contact of the last step, in the contact's frame: along its normal first, N.
    pub(super) fn contact_force(&self, contact: usize) -> [f64; 6] {
        let mut force = [0.0; 6];
        // SAFETY: MuJoCo looks whether there is such a contact; it writes six numbers.
        unsafe { (self.functions.contact_force)(self.model(), self.data(), contact as c_int, force.as_mut_ptr()) };
        force
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        // SAFETY: both are ours, and used nowhere else.
        unsafe {
            (self.functions.delete_data)(self.data.as_ptr());
            (self.functions.delete_model)(self.model.as_ptr());
        }
    }
}
