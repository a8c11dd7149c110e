//! `<worldbody>` and its bodies, flattened into a list with parents before children.

use std::collections::HashSet;

use nalgebra::{Isometry3, Matrix3, Point3, Rotation3, Translation3, Vector3};

use super::Reader;
use super::compiler::InertiaFromGeom;
use super::geom::{ReadGeom, geom_inertia};
use super::other_bodies;
use super::other_bodies::is_free;
use crate::error::DescriptionError;
use crate::inertia::balanced;
use crate::model::{Body, CameraMount, Geom, Inertia, Joint, Site};
use crate::xml::{Element, numbers};

/// The robot's bodies and the world's geoms.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) floating_base: bool,
    pub(super) bodies: Vec<Body>,
    pub(super) world_geoms: Vec<Geom>,
    pub(super) cameras: Vec<CameraMount>,
    /// What a keyframe's `qpos` holds, in its order.
    pub(super) qpos: Vec<Qpos>,
    /// Names of the bodies, geoms and joints that are beside the robot and left out.
    pub(super) left_out: HashSet<String>,
}

/// One entry of MuJoCo's joint positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Qpos {
    /// Pose of the base: 7 numbers.
    Base,
    /// A joint of the robot: 1 number.
    Joint,
    /// So many numbers of what is left out.
    LeftOut(usize),
}

impl Qpos {
    /// How many numbers it takes.
    pub(super) fn len(self) -> usize {
        match self {
            Self::Base => 7,
            Self::Joint => 1,
            Self::LeftOut(numbers) => numbers,
        }
    }
}

/// What holds for the elements inside a body or a frame.
#[derive(Clone, Copy)]
struct Context<'a> {
    /// Index of the body in [`Tree::bodies`]; `None` in the world.
    body: Option<usize>,
    /// Pose of the enclosing frame in that body (in the world for the world).
    frame: Isometry3<f64>,
    childclass: Option<&'a str>,
    /// The body with the robot's free joint, where it floats.
    robot: Option<&'a Element>,
}

impl Reader<'_> {
    /// Reads every `<worldbody>` below the root.
    pub(super) fn tree(&self, root: &Element) -> Result<Tree, DescriptionError> {
        let mut tree = Tree::default();
        let world = Context {
            body: None,
            frame: Isometry3::identity(),
            childclass: None,
            robot: None,
        };
        let robot = other_bodies::floating_robot(root)?;
        tree.floating_base = robot.is_some();
        let world = Context { robot, ..world };
        if !tree.floating_base {
            // Bolted robots hang on a base that is the world itself.
            tree.bodies.push(Body {
                name: "world".to_owned(),
                parent: None,
                pose: Isometry3::identity(),
                joint: None,
                inertia: Inertia::ZERO,
                gravity_compensation: 0.0,
                geoms: Vec::new(),
                sites: Vec::new(),
            });
        }
        for element in root.children_named("worldbody") {
            self.children(element, world, &mut tree)?;
        }
        if tree.bodies.iter().all(|body| body.joint.is_none()) && !tree.floating_base {
            return Err(root.error("it has no joint, so there is no robot in it"));
        }
        Ok(tree)
    }

    /// Reads what lies in the world or in a frame of the world.
    fn children<'a>(
        &self,
        element: &'a Element,
        context: Context<'a>,
        tree: &mut Tree,
    ) -> Result<(), DescriptionError> {
        for child in &element.children {
            match child.tag.as_str() {
                "body" => self.body(child, context, tree)?,
                "frame" => {
                    let pose = self.compiler.pose(&child.own())?;
                    let inner = Context {
                        frame: context.frame * pose,
                        childclass: child.attribute("childclass").or(context.childclass),
                        ..context
                    };
                    self.children(child, inner, tree)?;
                }
                "geom" => {
                    let mut geom = self.geom(child, context.childclass, false)?.geom;
                    geom.pose = context.frame * geom.pose;
                    match context.body {
                        None => tree.world_geoms.push(geom),
                        Some(body) => tree.bodies[body].geoms.push(geom),
                    }
                }
                "site" => {
                    if let Some(body) = context.body {
                        let site = self.site(child, context)?;
                        tree.bodies[body].sites.push(site);
                    }
                }
                // Read with the body that they are directly in.
                "joint" | "freejoint" | "inertial" if element.tag == "body" => {}
                "camera" => {
                    if let Some(mut camera) = self.camera(child, context.childclass)? {
                        camera.pose = context.frame * camera.pose;
                        camera.body = context.body;
                        tree.cameras.push(camera);
                    }
                }
                "light" => {}
                _ => {
                    let tag = &child.tag;
                    return Err(child.error(format!("<{tag}> is not supported here")));
                }
            }
        }
        Ok(())
    }

    fn body<'a>(&self, element: &'a Element, context: Context<'a>, tree: &mut Tree) -> Result<(), DescriptionError> {
        let childclass = element.attribute("childclass").or(context.childclass);
        let pose = context.frame * self.compiler.pose(&element.own())?;
        let free = is_free(element);
        if context.body.is_none() && !context.robot.is_some_and(|robot| std::ptr::eq(robot, element)) {
            if context.robot.is_some() {
                return self.beside_robot(element, pose, childclass, context, tree);
            }
            if free {
                return Err(element.error("only a body of the world can have a free joint"));
            }
        }
        let joints = self.joints(element, childclass)?;
        let name = match element.attribute("name") {
            Some(name) => name.to_owned(),
            None => format!("body{}", tree.bodies.len()),
        };

        let parent = match context.body {
            None if free => None,
            None => Some(0),
            Some(_) if free => {
                return Err(element.error("only a body of the world can have a free joint"));
            }
            body => body,
        };
        if free && !joints.is_empty() {
            return Err(element.error("a free joint must be the only one of its body"));
        }

        let inertia = self.inertia(element, childclass)?;
        let gravity_compensation = element.own().number("gravcomp")?.unwrap_or(0.0);
        if free {
            tree.qpos.push(Qpos::Base);
        } else {
            tree.qpos.extend(joints.iter().map(|_| Qpos::Joint));
        }
        // A body with several joints becomes a chain of massless ones that ends in it.
        let mut last = parent;
        let mut chain = joints.into_iter().map(Some).collect::<Vec<_>>();
        if chain.is_empty() {
            chain.push(None);
        }
        let links = chain.len();
        for (index, joint) in chain.into_iter().enumerate() {
            let is_last = index + 1 == links;
            let link_name = match &joint {
                Some(joint) if !is_last => format!("{name}/{}", joint.name),
                _ => name.clone(),
            };
            tree.bodies.push(Body {
                name: link_name,
                parent: last,
                pose: if index == 0 { pose } else { Isometry3::identity() },
                joint,
                inertia: if is_last { inertia } else { Inertia::ZERO },
                gravity_compensation,
                geoms: Vec::new(),
                sites: Vec::new(),
            });
            last = Some(tree.bodies.len() - 1);
        }
        let inner = Context {
            body: last,
            frame: Isometry3::identity(),
            childclass,
            robot: context.robot,
        };
        self.children(element, inner, tree)
    }

    /// A body of the world beside a robot that floats. What never moves becomes geoms of the world; what
    /// has joints is left out.
    fn beside_robot<'a>(
        &self,
        element: &'a Element,
        pose: Isometry3<f64>,
        childclass: Option<&'a str>,
        context: Context<'a>,
        tree: &mut Tree,
    ) -> Result<(), DescriptionError> {
        if other_bodies::has_joint(element) {
            if let Some(joint) = other_bodies::names(element)
                .iter()
                .find(|name| self.driven_joints.contains(*name))
            {
                return Err(element.error(format!(
                    "an actuator drives its joint \"{joint}\", but it hangs on the world while another body floats: \
                     one robot is expected"
                )));
            }
            tracing::warn!(
                file = %element.file.display(),
                "{} moves on its own beside the robot: it is left out, with all that hangs on it",
                element.label()
            );
            tree.qpos.push(Qpos::LeftOut(other_bodies::positions(element)));
            tree.left_out.extend(other_bodies::names(element));
            return Ok(());
        }
        let context = Context {
            body: None,
            frame: pose,
            childclass,
            robot: context.robot,
        };
        self.children(element, context, tree)
    }

    fn site(&self, element: &Element, context: Context<'_>) -> Result<Site, DescriptionError> {
        let resolved = self.defaults.resolve(element, context.childclass, &["site"])?;
        let pose = match resolved.text("fromto") {
            None => self.compiler.pose(&resolved)?,
            Some(text) => {
                let ends = numbers(element, "fromto", text, 6..=6)?;
                let from = Vector3::new(ends[0], ends[1], ends[2]);
                let to = Vector3::new(ends[3], ends[4], ends[5]);
                Isometry3::from_parts(
                    Translation3::from((from + to) / 2.0),
                    super::compiler::from_z_to((from - to).try_normalize(1e-9).unwrap_or(Vector3::z())),
                )
            }
        };
        Ok(Site {
            name: element.attribute("name").unwrap_or_default().to_owned(),
            pose: context.frame * pose,
        })
    }

    /// Inertia as `<inertial>` gives it, or from the geoms.
    fn inertia(&self, element: &Element, childclass: Option<&str>) -> Result<Inertia, DescriptionError> {
        let written = element.children_named("inertial").next();
        let from_geoms = match self.compiler.inertia_from_geom {
            InertiaFromGeom::Never => false,
            InertiaFromGeom::Always => true,
            InertiaFromGeom::WhereMissing => written.is_none(),
        };
        let mut inertia = match written {
            Some(inertial) if !from_geoms => self.inertial(inertial)?,
            _ if from_geoms => self.inertia_of_geoms(element, childclass)?,
            _ => Inertia::ZERO,
        };
        inertia.mass = inertia.mass.max(self.compiler.least_mass);
        let (least, balance) = (self.compiler.least_inertia, self.compiler.balance_inertia);
        inertia.about_com = balanced(inertia.about_com, least, balance);
        Ok(inertia)
    }

    /// Sum of the geoms of a body, those inside its frames included.
    fn inertia_of_geoms(&self, element: &Element, childclass: Option<&str>) -> Result<Inertia, DescriptionError> {
        let mut total = Inertia::ZERO;
        for child in &element.children {
            if child.tag == "geom" {
                let read: ReadGeom = self.geom(child, childclass, true)?;
                if !self.weighs(read.geom.group) {
                    continue;
                }
                if let Some(inertia) = geom_inertia(child, &read)? {
                    total = total.merged(&inertia);
                }
            } else if child.tag == "frame" {
                let class = child.attribute("childclass").or(childclass);
                let pose = self.compiler.pose(&child.own())?;
                let inner = self.inertia_of_geoms(child, class)?;
                total = total.merged(&inner.transformed(&pose));
            }
        }
        Ok(total)
    }

    fn inertial(&self, element: &Element) -> Result<Inertia, DescriptionError> {
        let own = element.own();
        let expected = "a mass of at least 0 and at most 1e6 kg";
        let mass = own
            .number("mass")?
            .filter(|mass| (0.0..=1e6).contains(mass))
            .ok_or_else(|| element.attribute_error("mass", expected, own.text("mass")))?;
        let pose = self.compiler.pose(&own)?;
        let (name, principal) = match (own.text("diaginertia"), own.text("fullinertia")) {
            (Some(_), None) => {
                let diagonal = own.vector("diaginertia")?.unwrap_or_default();
                ("diaginertia", Matrix3::from_diagonal(&diagonal))
            }
            (None, Some(text)) => {
                let m = numbers(element, "fullinertia", text, 6..=6)?;
                let full = Matrix3::new(
                    m[0], m[3], m[4], //
                    m[3], m[1], m[5], //
                    m[4], m[5], m[2],
                );
                ("fullinertia", full)
            }
            _ => {
                let expected = "given, or `fullinertia`, but not both";
                return Err(element.attribute_error("diaginertia", expected, None));
            }
        };
        let eigenvalues = principal.symmetric_eigenvalues();
        let tolerance = 1e-9 * eigenvalues.amax();
        if eigenvalues.min() < -tolerance {
            let expected = "a positive definite inertia";
            return Err(element.attribute_error(name, expected, own.text(name)));
        }
        // MuJoCo's rule that no moment exceeds the sum of the others, unless it may mend that.
        let unbalanced = 2.0 * eigenvalues.max() > eigenvalues.sum() * (1.0 + 1e-3);
        if unbalanced && !self.compiler.balance_inertia {
            let expected = "moments of which none exceeds the sum of the other two \
                            (or <compiler balanceinertia=\"true\">)";
            return Err(element.attribute_error(name, expected, own.text(name)));
        }
        let rotation: Rotation3<f64> = pose.rotation.to_rotation_matrix();
        Ok(Inertia {
            mass,
            com: Point3::from(pose.translation.vector),
            about_com: rotation * principal * rotation.transpose(),
        })
    }

    fn joints(&self, element: &Element, childclass: Option<&str>) -> Result<Vec<Joint>, DescriptionError> {
        element
            .children_named("joint")
            .filter(|joint| joint.attribute("type") != Some("free"))
            .map(|joint| self.joint(joint, childclass, element.attribute("name")))
            .collect()
    }
}
