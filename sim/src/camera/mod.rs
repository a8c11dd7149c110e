//! The simulator's camera: colour and depth of the robot, its world and props, drawn in software.
//!
//! Frames follow REP-103: the optical frame has x to the right, y down and z forward, and depth is
//! measured along z. A picture is a function of its inputs: the poses of the bodies, the props, and a
//! [`SceneVariation`] that says how everything looks.
//!
//! ```
//! use sinew_robot::camera::CameraParams;
//! use sinew_robot::load;
//! use sinew_sim::camera::{Camera, Frame, Prop, SceneVariation};
//! use sinew_sim::{SimParams, SimRobot};
//!
//! let model = load("robots/strider/scene.xml".as_ref())?;
//! let robot = SimRobot::new(&model, &SimParams::default())?;
//! let mut camera = Camera::new(&model, &CameraParams::default())?;
//!
//! let mut poses = Vec::new();
//! robot.world().body_poses(&mut poses);
//! let props = [Prop::ball(0.11, 2.0, 0.0, [0.9, 0.4, 0.1])];
//! let mut frame = Frame::default();
//! camera.render(&poses, &props, &SceneVariation::default(), &mut frame);
//!
//! let ball = frame.boxes[0];
//! assert_eq!(props[ball.prop].class, "ball");
//! assert!(ball.visible_share() > 0.9);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod boxes;
mod frame;
mod ground;
mod light;
mod mesh;
mod path;
mod pieces;
mod prop;
mod random_props;
mod random_scene;
mod raster;
mod scene_meshes;
mod scene_params;
mod shading;
mod shadow;
mod shapes;
mod variation;

use nalgebra::{Isometry3, UnitQuaternion, Vector3};
use sinew_robot::RobotModel;
use sinew_robot::camera::{CameraError, CameraParams, Intrinsics, Mount, link_from_optical};

use self::boxes::PropInImage;
pub use self::frame::{Frame, GroundTruthBox};
use self::ground::{GroundTexture, VisiblePlane};
use self::light::{Light, PlacedMesh};
use self::mesh::Mesh;
pub use self::path::PropPath;
use self::pieces::colour_of;
pub use self::prop::{Prop, PropShape};
pub use self::random_props::SCENE_CLASSES;
pub use self::random_scene::{RandomScene, TEST_SEEDS, TRAINING_SEEDS, VALIDATION_SEEDS};
use self::raster::{Coverage, FrameBuffer};
use self::scene_meshes::SceneMeshes;
pub use self::scene_params::SceneParams;
use self::shading::{FIRST_PLANE, Shader};
use self::shadow::Shadows;
pub use self::variation::{GroundPattern, SceneVariation};

/// A camera on a robot or in its world. After the first picture, taking another allocates nothing
/// unless there are more props.
#[derive(Debug)]
pub struct Camera {
    lens: Intrinsics,
    near: f64,
    mount: Mount,
    scene: SceneMeshes,
    renderer: Renderer,
    texture: GroundTexture,
    planes: Vec<VisiblePlane>,
    props_in_image: Vec<PropInImage>,
    /// For each part of a prop, from the first such part on: the index in `props_in_image` of its prop.
    owners: Vec<Option<usize>>,
}

/// What has been drawn of a picture so far.
#[derive(Debug)]
struct Renderer {
    buffer: FrameBuffer,
    shadows: Shadows,
    /// Colour of each part.
    colours: Vec<[f32; 3]>,
    optical_from_world: Isometry3<f64>,
    light: Light,
}

impl Camera {
    /// Builds a camera that sees this robot and its world. A mesh that cannot be read is left out with a
    /// warning.
    ///
    /// # Errors
    /// [`CameraError`] naming the parameter that cannot be.
    pub fn new(model: &RobotModel, params: &CameraParams) -> Result<Self, CameraError> {
        let mount = Mount::find(model, params)?;
        let lens = Intrinsics::from_fovy(params.width, params.height, mount.fovy_rad);
        Ok(Self {
            lens,
            near: params.near_m,
            mount,
            scene: SceneMeshes::new(model),
            renderer: Renderer {
                buffer: FrameBuffer::new(&lens, params.near_m),
                shadows: Shadows::default(),
                colours: Vec::new(),
                optical_from_world: Isometry3::identity(),
                light: SceneVariation::default().sun(),
            },
            texture: GroundTexture::new(),
            planes: Vec::new(),
            props_in_image: Vec::new(),
            owners: Vec::new(),
        })
    }

    /// Tilts the world as [`SimParams::slope_rad`](crate::SimParams::slope_rad) does.
    #[must_use]
    pub fn on_slope(mut self, slope_rad: f64) -> Self {
        let uphill = UnitQuaternion::from_axis_angle(&Vector3::y_axis(), -slope_rad);
        let fixed = self.scene.parts.iter_mut().filter(|part| part.body.is_none());
        for pose in fixed.map(|part| &mut part.pose).chain(&mut self.scene.planes) {
            *pose = uphill * *pose;
        }
        self
    }

    /// How points become pixels.
    pub fn intrinsics(&self) -> &Intrinsics {
        &self.lens
    }

    /// Where the camera sits.
    pub fn mount(&self) -> &Mount {
        &self.mount
    }

    /// Takes a picture of the robot whose bodies are at `world_from_body` (in the description's order, as
    /// [`Physics::body_poses`](crate::Physics::body_poses) gives them) and of the props. A body without a
    /// finite pose is not seen; a camera on such a body sees nothing.
    pub fn render(
        &mut self,
        world_from_body: &[Isometry3<f64>],
        props: &[Prop],
        variation: &SceneVariation,
        out: &mut Frame,
    ) {
        let link_from_mount = link_from_optical();
        let carrier = match self.mount.body {
            Some(body) => world_from_body.get(body).copied().unwrap_or_default(),
            None => Isometry3::identity(),
        };
        let offset = link_from_mount.inverse() * variation.offset() * link_from_mount;
        let world_from_optical = carrier * self.mount.pose * offset;
        self.renderer.start(&world_from_optical, variation.sun());
        self.draw_scene(world_from_body, variation);
        let first_of_props = self.renderer.colours.len() as u16;
        self.draw_props(props);
        self.draw_ground(&world_from_optical, variation);

        let buffer = &self.renderer.buffer;
        out.width = self.lens.width;
        out.height = self.lens.height;
        out.world_from_optical = world_from_optical;
        out.rgb.resize(3 * buffer.part.len(), 0);
        out.depth.resize(buffer.part.len(), f32::INFINITY);
        let shader = Shader {
            lens: &self.lens,
            variation,
            world_from_optical: &world_from_optical,
            planes: &self.planes,
            texture: &self.texture,
            colours: &self.renderer.colours,
            lit: &self.renderer.shadows.lit,
        };
        shader.shade(buffer, &mut out.rgb, &mut out.depth);
        boxes::find(
            buffer,
            first_of_props,
            &self.owners,
            &mut self.props_in_image,
            &mut out.boxes,
        );
    }

    fn draw_scene(&mut self, world_from_body: &[Isometry3<f64>], variation: &SceneVariation) {
        for (index, part) in self.scene.parts.iter().enumerate() {
            let carrier = match part.body {
                Some(body) => world_from_body.get(body).copied(),
                None => Some(Isometry3::identity()),
            };
            let Some(carrier) = carrier else { continue };
            let colour = variation.tinted(part.colour, index as u64);
            let scale = Vector3::repeat(1.0);
            self.renderer
                .add(&part.mesh, &(carrier * part.pose), &scale, colour, None);
        }
    }

    fn draw_props(&mut self, props: &[Prop]) {
        self.props_in_image.clear();
        self.owners.clear();
        let Self {
            scene,
            renderer,
            props_in_image,
            owners,
            ..
        } = self;
        for (index, prop) in props.iter().enumerate().take(usize::from(FIRST_PLANE)) {
            let world_from_prop = prop.pose.isometry();
            let mut coverage = Coverage::new(index as u16);
            let wanted = !prop.class.is_empty();
            prop.shape.pieces(|(unit, pose, scale, part)| {
                let colour = colour_of(prop, part);
                let place = world_from_prop * pose;
                if renderer.add(
                    scene.unit(unit),
                    &place,
                    &scale,
                    colour,
                    wanted.then_some(&mut coverage),
                ) {
                    owners.push(wanted.then_some(props_in_image.len()));
                }
            });
            if wanted {
                let position = renderer.optical_from_world * world_from_prop * prop.middle();
                props_in_image.push(PropInImage::new(index, coverage, position));
            }
        }
    }

    fn draw_ground(&mut self, world_from_optical: &Isometry3<f64>, variation: &SceneVariation) {
        self.planes.clear();
        self.texture.prepare(variation);
        let Self {
            scene,
            renderer,
            planes,
            lens,
            near,
            ..
        } = self;
        let most = usize::from(raster::NOTHING - FIRST_PLANE);
        let seen = scene.planes.iter().take(most);
        planes.extend(seen.filter_map(|pose| VisiblePlane::new(pose, world_from_optical, lens, &renderer.light)));
        for (plane, part) in planes.iter().zip(FIRST_PLANE..) {
            plane.draw(&mut renderer.buffer, lens, *near, part);
        }
        for (plane, part) in planes.iter().zip(FIRST_PLANE..) {
            renderer.shadows.cast(
                &renderer.buffer,
                lens,
                &renderer.light,
                (plane, part),
                &renderer.optical_from_world,
                variation.shadow,
            );
        }
    }
}

impl Renderer {
    fn start(&mut self, world_from_optical: &Isometry3<f64>, light: Light) {
        self.buffer.clear();
        self.shadows.clear(self.buffer.part.len());
        self.colours.clear();
        self.optical_from_world = world_from_optical.inverse();
        self.light = light;
    }

    /// Draws a mesh; `false` when its pose is not finite or there are more parts than can be told apart.
    fn add(
        &mut self,
        mesh: &Mesh,
        world_from_mesh: &Isometry3<f64>,
        scale: &Vector3<f64>,
        colour: [f32; 3],
        coverage: Option<&mut Coverage>,
    ) -> bool {
        let part = self.colours.len();
        if part >= usize::from(FIRST_PLANE) {
            return false;
        }
        let placed = PlacedMesh::new(
            &self.optical_from_world,
            world_from_mesh,
            scale,
            &self.light,
            part as u16,
        );
        let Some(placed) = placed else { return false };
        self.colours.push(colour);
        self.buffer.draw(mesh, &placed, coverage);
        self.shadows
            .add(mesh, &(self.optical_from_world * world_from_mesh), scale);
        true
    }
}
