//! `sinew security`

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use sinew::security::{Cameras, Date, Deployment, Grant, Keystore, Role};

use super::BAD_INPUT;

/// The enclave of a process with several nodes.
const COMPOSED: &str = "composed";
/// Days before its end in which an enclave is spoken of as one that ends soon.
const SOON_DAYS: i64 = 30;

/// Keys and permissions for ROS 2 security: who may command the robot, and who may only watch.
///
/// Without it every peer of the ROS domain can steer the robot, stop and start it, change its parameters, and publish
/// the joint command past the safety gate. With it only those take part who have an enclave in the keystore, and each
/// may do what its node does and nothing else. `docs/security.md` says what that protects from and what not. The
/// middleware must have been built with security, as that of a ROS installation is, and that of PyPI's wheels is not.
#[derive(Debug, Args)]
#[command(after_help = "From nothing to a robot that obeys its operator alone:\n  \
    sinew security init keystore\n  \
    sinew security grant keystore launch/robots/strider.yaml control sim course operator\n  \
    ros2 launch sinew strider.launch.py security:=keystore\n\n\
    By hand, what the launch file does for every node, and an operator for its tools:\n  \
    export ROS_SECURITY_ENABLE=true ROS_SECURITY_STRATEGY=Enforce ROS_SECURITY_KEYSTORE=$PWD/keystore\n  \
    sinew up launch/robots/strider.yaml --bus ros2 --nodes control --ros-args --enclave /control\n  \
    ROS_SECURITY_ENCLAVE_OVERRIDE=/operator ros2 service call /control/start std_srvs/srv/Trigger\n\n\
    Copy to the robot only `enclaves/` (rsync -aL keystore/enclaves robot:keystore/), and there only what runs there. \
    Who has `private/` can make operators: keep it on one machine.")]
pub(crate) struct SecurityArgs {
    #[command(subcommand)]
    command: SecurityCommand,
}

#[derive(Debug, Subcommand)]
enum SecurityCommand {
    /// Makes a keystore: an authority's key and certificate, and the rules of the domain.
    Init(InitArgs),
    /// Gives nodes, a driver, an operator or a monitor an enclave each: key, certificate, permissions.
    Grant(GrantArgs),
    /// Takes back what an enclave was given: for a key that was lost.
    Revoke(RevokeArgs),
    /// Shows the enclaves and until when they hold. Exit code 2 where one has ended.
    List(ListArgs),
}

#[derive(Debug, Args)]
struct InitArgs {
    /// Folder to make.
    keystore: PathBuf,
    /// ROS domains that the keystore is for; by default that of ROS_DOMAIN_ID, or 0.
    #[arg(long, value_delimiter = ',', value_name = "ID", value_parser = clap::value_parser!(u8).range(..=232))]
    domains: Vec<u8>,
    /// When the authority's certificate ends, and with it everything that it signed, days.
    #[arg(long, default_value_t = 3650, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew security grant keystore strider.yaml control sim course operator\n  \
    sinew security grant keystore strider.yaml control sim --namespace /left --remap /clock:=clock\n  \
    sinew security grant keystore strider.yaml control sim course --composed        one process: /composed\n  \
    sinew security grant keystore my_robot.yaml driver --program controller_manager,joint_state_broadcaster\n  \
    sinew security grant keystore my_robot.yaml operator --program joy_node,teleop --days 30 --renew")]
struct GrantArgs {
    /// A keystore of `sinew security init`.
    keystore: PathBuf,
    /// The robot's parameter file: it names the cameras.
    params: PathBuf,
    /// Who gets an enclave.
    #[arg(required = true, value_enum)]
    roles: Vec<Role>,
    /// Namespace of the robot's nodes, such as /left: its enclaves are /left/control and so on.
    #[arg(long, default_value = "/")]
    namespace: String,
    /// One enclave for all of them, `composed`, for nodes that run in one process.
    #[arg(long)]
    composed: bool,
    /// Names of the nodes that a driver, operator or monitor runs, where they are not called so.
    #[arg(long, value_delimiter = ',', value_name = "NODE")]
    program: Vec<String>,
    /// A topic or service that has another name, as for `ros2 launch`.
    #[arg(long, value_name = "NAME:=OTHER")]
    remap: Vec<String>,
    /// When certificates and permissions end, days.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
    /// Give an enclave that is there a new key, certificate and permissions.
    #[arg(long)]
    renew: bool,
}

#[derive(Debug, Args)]
struct RevokeArgs {
    /// A keystore of `sinew security init`.
    keystore: PathBuf,
    /// The enclave, such as /operator.
    enclave: String,
}

#[derive(Debug, Args)]
struct ListArgs {
    /// A keystore of `sinew security init`.
    keystore: PathBuf,
}

impl SecurityArgs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            SecurityCommand::Init(args) => args.run(),
            SecurityCommand::Grant(args) => args.run(),
            SecurityCommand::Revoke(args) => args.run(),
            SecurityCommand::List(args) => args.run(),
        }
    }
}

impl InitArgs {
    fn run(self) -> anyhow::Result<ExitCode> {
        let mut domains: BTreeSet<u8> = self.domains.iter().copied().collect();
        if domains.is_empty() {
            domains.insert(own_domain()?);
        }
        Keystore::init(&self.keystore, &domains, self.days)?;
        let named: Vec<_> = domains.iter().map(u8::to_string).collect();
        println!(
            "{}: a keystore for ROS_DOMAIN_ID {}, until {}",
            self.keystore.display(),
            named.join(", "),
            Date::now().after(self.days)
        );
        Ok(ExitCode::SUCCESS)
    }
}

/// The domain of the environment, as ROS 2 reads it.
fn own_domain() -> anyhow::Result<u8> {
    let Some(text) = std::env::var("ROS_DOMAIN_ID").ok().filter(|text| !text.is_empty()) else {
        return Ok(0);
    };
    let id = text.parse().ok().filter(|id| *id <= 232);
    id.with_context(|| format!("ROS_DOMAIN_ID is {text}: expected a number from 0 to 232, or `--domains`"))
}

impl GrantArgs {
    fn run(self) -> anyhow::Result<ExitCode> {
        let mut roles = self.roles.clone();
        roles.sort();
        roles.dedup();
        if !self.program.is_empty() && (roles.len() > 1 || roles[0].is_node()) {
            bail!("--program: names the nodes of one driver, operator or monitor; grant that alone");
        }
        let site = Deployment::new(&self.namespace, &self.remapped()?)?;
        let cameras = Cameras::of_file(&self.params, &self.namespace)?;
        let keystore = Keystore::open(&self.keystore)?;
        let until = Date::now().after(self.days);
        let processes: Vec<(&str, Vec<Role>)> = if self.composed {
            if let Some(role) = roles.iter().find(|role| !role.is_node()) {
                bail!("--composed: expected nodes of Sinew's, found {}", role.name());
            }
            vec![(COMPOSED, roles)]
        } else {
            roles.into_iter().map(|role| (role.name(), vec![role])).collect()
        };
        for (name, roles) in processes {
            let programs = if self.program.is_empty() {
                vec![name.to_owned()]
            } else {
                self.program.clone()
            };
            let enclave = site.enclave(name);
            let grant = Grant {
                roles: &roles,
                site: &site,
                cameras: &cameras,
                programs: &programs,
                until,
                renew: self.renew,
            };
            keystore.grant(&enclave, &grant)?;
            println!("{enclave}: until {until}");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn remapped(&self) -> anyhow::Result<Vec<(String, String)>> {
        let pair = |text: &String| {
            let (from, to) = text
                .split_once(":=")
                .with_context(|| format!("--remap {text}: expected NAME:=OTHER"))?;
            Ok((from.to_owned(), to.to_owned()))
        };
        self.remap.iter().map(pair).collect()
    }
}

impl RevokeArgs {
    fn run(self) -> anyhow::Result<ExitCode> {
        ensure!(
            self.enclave.starts_with('/'),
            "{}: expected an enclave such as /operator",
            self.enclave
        );
        Keystore::open(&self.keystore)?.revoke(&self.enclave)?;
        println!(
            "{}: revoked. Copy {}/public/crl.pem to every enclave as `crl.pem`, and start the nodes anew",
            self.enclave,
            self.keystore.display()
        );
        Ok(ExitCode::SUCCESS)
    }
}

impl ListArgs {
    fn run(self) -> anyhow::Result<ExitCode> {
        let now = Date::now();
        let mut all_hold = true;
        for enclave in Keystore::open(&self.keystore)?.enclaves()? {
            let (holds, text) = match enclave.until {
                None => (false, "permissions.p7s cannot be read".to_owned()),
                Some(until) => match until.days_since(now) {
                    ..0 => (false, format!("ended {until}: `sinew security grant … --renew`")),
                    days @ 0..SOON_DAYS => (true, format!("until {until}: {days} days left")),
                    _ => (true, format!("until {until}")),
                },
            };
            all_hold &= holds;
            println!("{:<24} {text}", enclave.name);
        }
        Ok(if all_hold {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(BAD_INPUT)
        })
    }
}
