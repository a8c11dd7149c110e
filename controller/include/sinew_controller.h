/* The control loop of Sinew behind a C interface. Made from controller/src: do not edit.
 *
 * A host makes a controller from a robot's parameter file, activates it, and from then on calls
 * sinew_controller_update in its own thread at a fixed rate, with what it has measured; what comes back is what the
 * drives are to do. Between the policy and the drives is Sinew's safety gate: no call gives a command that the gate has
 * not made or bounded.
 *
 * Threads: activate, update and deactivate are for one thread, the host's. A second one that calls them meanwhile gets
 * SINEW_STATUS_BUSY. All other functions are for any thread, also at the same time, but destroy, during which nothing
 * else may be called with the controller.
 *
 * What has to be called: update at the rate that was promised, supervise about every 20 ms from another thread, and
 * command_velocity more often than `safety.deadman_secs`.
 */

#ifndef SINEW_CONTROLLER_H
#define SINEW_CONTROLLER_H

#include <stddef.h>
#include <stdint.h>

/*
 Version of this interface: a host compares it with `sinew_abi_version()`.
 */
#define SINEW_ABI_VERSION 1

/*
 The drives take position, velocity, effort, kp and kd.
 */
#define SINEW_INTERFACES_IMPEDANCE 0

/*
 The drives take efforts; Sinew computes them in each update.
 */
#define SINEW_INTERFACES_EFFORT 1

/*
 Numbers of an IMU in `SinewReadings.imu`.
 */
#define SINEW_IMU_NUMBERS 10

/*
 What became of a call.
 */
typedef enum SinewStatus {
  /*
   It did what it says.
   */
  SINEW_STATUS_OK = 0,
  /*
   A pointer is null, or not aligned, that must not be.
   */
  SINEW_STATUS_POINTER = 1,
  /*
   A size, a number of joints or feet, or an index is another than it must be.
   */
  SINEW_STATUS_SIZE = 2,
  /*
   A number or a text is none that there can be.
   */
  SINEW_STATUS_VALUE = 3,
  /*
   Not in this state: an update without an activation, a second activation.
   */
  SINEW_STATUS_STATE = 4,
  /*
   The loop that is to be activated is not made yet: `sinew_controller_supervise` makes it.
   */
  SINEW_STATUS_NOT_READY = 5,
  /*
   What was asked for is refused; the text says why.
   */
  SINEW_STATUS_REFUSED = 6,
  /*
   Another thread is in a call that only one thread may be in.
   */
  SINEW_STATUS_BUSY = 7,
  /*
   The control loop panicked: the joints damp until it is deactivated and activated again.
   */
  SINEW_STATUS_FAILED = 8,
} SinewStatus;

/*
 What the loop does.
 */
typedef enum SinewMode {
  /*
   It is not active, or has not ticked yet.
   */
  SINEW_MODE_INACTIVE = 0,
  /*
   No stiffness, only damping.
   */
  SINEW_MODE_DAMP = 1,
  /*
   The joints move to the rest pose.
   */
  SINEW_MODE_STAND = 2,
  /*
   The policy is in charge.
   */
  SINEW_MODE_RUN = 3,
  /*
   The safety gate has stopped the robot.
   */
  SINEW_MODE_STOPPED = 4,
} SinewMode;

/*
 How grave a line of the log is, or a status of the diagnostics.
 */
typedef enum SinewLevel {
  /*
   As it should be.
   */
  SINEW_LEVEL_OK = 0,
  /*
   It goes on, but not as it was meant.
   */
  SINEW_LEVEL_WARN = 1,
  /*
   Somebody has to do something.
   */
  SINEW_LEVEL_ERROR = 2,
  /*
   Of a status: nothing new is known.
   */
  SINEW_LEVEL_STALE = 3,
} SinewLevel;

/*
 A controller.
 */
typedef struct SinewController SinewController;

/*
 Takes a status of the diagnostics: part of the robot, a sentence, and what it is about.
 */
typedef void (*SinewStatusVisitor)(void *user,
                                   enum SinewLevel level,
                                   const char *name,
                                   const char *message,
                                   const char *hardware_id);

/*
 Takes a key and a value of the status that was told last.
 */
typedef void (*SinewValueVisitor)(void *user, const char *key, const char *value);

/*
 Takes a line of the log. Called in whichever thread logs, and never in two at once. It must not call back.
 */
typedef void (*SinewLog)(void *user, enum SinewLevel level, const char *line);

/*
 What a controller is made from.
 */
typedef struct SinewOptions {
  /*
   `sizeof(SinewOptions)`.
   */
  size_t struct_size;
  /*
   The robot's parameter files, the same that `sinew run` and `sinew up` take, of which later ones win.
   */
  const char *const *robot_files;
  /*
   How many.
   */
  size_t robot_file_count;
  /*
   Full name of the host, such as `/sinew_controller`: the file in which a stop is kept is named after it.
   */
  const char *name;
  /*
   `SINEW_INTERFACES_IMPEDANCE` or `SINEW_INTERFACES_EFFORT`.
   */
  uint32_t interfaces;
  /*
   1 where a simulator plays the robot: then the times of calls are its; 0 where they are those of the machine's
   monotonic clock (`CLOCK_MONOTONIC`).
   */
  uint32_t simulated;
  /*
   How often `sinew_controller_update` is called, Hz: a whole multiple of the loop's rate.
   */
  double update_rate_hz;
} SinewOptions;

/*
 What a controller needs.
 */
typedef struct SinewDescription {
  /*
   `sizeof(SinewDescription)`, set by the caller.
   */
  size_t struct_size;
  /*
   Number of joints.
   */
  size_t joint_count;
  /*
   Number of feet whose contact is to be measured.
   */
  size_t foot_count;
  /*
   1 where the velocity of the base is to be measured.
   */
  uint32_t wants_base_velocity;
  /*
   `SINEW_INTERFACES_IMPEDANCE` or `SINEW_INTERFACES_EFFORT`, as it was asked for.
   */
  uint32_t interfaces;
  /*
   Ticks of the loop per second.
   */
  double rate_hz;
} SinewDescription;

/*
 What was measured since the update before. What is null was not measured: it gets old, and the gate stops the robot
 for it. A number that a sensor could not give is NaN.
 */
typedef struct SinewReadings {
  /*
   `sizeof(SinewReadings)`.
   */
  size_t struct_size;
  /*
   Number of joints, as described.
   */
  size_t joint_count;
  /*
   Positions, rad, in the order of `sinew_controller_joint_name`. Null together with `velocity`.
   */
  const double *position;
  /*
   Velocities, rad/s.
   */
  const double *velocity;
  /*
   Torques, N·m; null, or NaN for single joints, where they are not measured.
   */
  const double *effort;
  /*
   `SINEW_IMU_NUMBERS` numbers: orientation `world_from_base` as x, y, z, w; angular velocity, rad/s, and specific
   force, m/s², both in the base frame (REP-103).
   */
  const double *imu;
  /*
   Velocity of the base in its own frame, m/s: 3 numbers.
   */
  const double *base_velocity;
  /*
   Number of feet, as described.
   */
  size_t foot_count;
  /*
   For each foot whether it touches something; any number but 0 says that it does.
   */
  const uint8_t *foot_contact;
} SinewReadings;

/*
 Where a command is written to: arrays of the caller's, one number for each joint. The drives are to give
 `kp (position − q) + kd (velocity − q̇) + effort`. With efforts alone only `effort` is written, and the others may be
 null.
 */
typedef struct SinewCommand {
  /*
   `sizeof(SinewCommand)`.
   */
  size_t struct_size;
  /*
   Number of joints, as described.
   */
  size_t joint_count;
  /*
   Target positions, rad.
   */
  double *position;
  /*
   Target velocities, rad/s.
   */
  double *velocity;
  /*
   Torques, N·m.
   */
  double *effort;
  /*
   Stiffness, N·m/rad.
   */
  double *kp;
  /*
   Damping, N·m·s/rad.
   */
  double *kd;
} SinewCommand;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 Asks for a velocity of the base: m/s forwards and leftwards, rad/s counter-clockwise. Also feeds the deadman, so it is
 to be repeated. From any thread.
 */
enum SinewStatus sinew_controller_command_velocity(const struct SinewController *controller,
                                                   double lin_vel_x,
                                                   double lin_vel_y,
                                                   double ang_vel_z);

/*
 Multiplies the velocities that are asked for after this with a number from 0 to 1, for whoever looks after the
 machine. From any thread that may wait.
 */
enum SinewStatus sinew_controller_scale_velocity(const struct SinewController *controller, double scale);

/*
 Stops the robot at its next tick, or latches the stop for the next activation. `message`, of `message_size` bytes or
 null, gets a sentence for people, in this function as in the next three. From any thread that may wait.
 */
enum SinewStatus sinew_controller_stop(const struct SinewController *controller, char *message, size_t message_size);

/*
 Forgets a stop: the robot damps until it is started.
 */
enum SinewStatus sinew_controller_clear_stop(const struct SinewController *controller,
                                             char *message,
                                             size_t message_size);

/*
 Damp, stand up, run. Refused while a stop is latched.
 */
enum SinewStatus sinew_controller_start(const struct SinewController *controller, char *message, size_t message_size);

/*
 Back to damping, without a fault.
 */
enum SinewStatus sinew_controller_damp(const struct SinewController *controller, char *message, size_t message_size);

/*
 Follows the loop: keeps what is latched, lets the robot stand up, logs what changes, and makes the loop of the next
 activation. To be called about every 20 ms from a thread that may wait, as long as the controller lives: without it no
 robot stands up.
 */
enum SinewStatus sinew_controller_supervise(const struct SinewController *controller);

/*
 What the loop did when it was followed last. From any thread that may wait.
 */
enum SinewStatus sinew_controller_mode(const struct SinewController *controller, enum SinewMode *mode);

/*
 Why the robot is stopped, into `reason` of `reason_size` bytes; empty where no stop is latched. From any thread that
 may wait.
 */
enum SinewStatus sinew_controller_stop_reason(const struct SinewController *controller,
                                              char *reason,
                                              size_t reason_size);

/*
 Tells what the node `control` tells on `/diagnostics`, of a host of the name `name` whose velocity command so many
 publish: each status, and after it its values. The visitors get `user`. From any thread that may wait.
 */
enum SinewStatus sinew_controller_diagnostics(const struct SinewController *controller,
                                              const char *name,
                                              size_t commanders,
                                              SinewStatusVisitor status,
                                              SinewValueVisitor value,
                                              void *user);

/*
 The version of this interface that the library has: a host that was compiled with another `SINEW_ABI_VERSION` must
 not use it.
 */
uint32_t sinew_abi_version(void);

/*
 From now on `log` is told what Sinew logs in this process, with `user` and in any thread; null for nobody. Returns
 once nobody is being told any more who was told before.
 */
enum SinewStatus sinew_set_log(SinewLog log, void *user);

/*
 Makes a controller, which moves nothing yet. On an error `controller` becomes null, and `error`, of `error_size`
 bytes, says why: which file, which key, what was expected and what was found. Takes its time: files are read, and the
 policy is loaded and tried.
 */
enum SinewStatus sinew_controller_create(const struct SinewOptions *options,
                                         struct SinewController **controller,
                                         char *error,
                                         size_t error_size);

/*
 Ends a controller and makes the caller's pointer null; nothing where it is null already. What is latched is kept.
 Deactivate it first: an active controller cannot write its safe action any more.
 */
enum SinewStatus sinew_controller_destroy(struct SinewController **controller);

/*
 Says what the controller needs of its host.
 */
enum SinewStatus sinew_controller_describe(const struct SinewController *controller,
                                           struct SinewDescription *description);

/*
 Name of a joint, in the order of all arrays, into `name` of `name_size` bytes.
 */
enum SinewStatus sinew_controller_joint_name(const struct SinewController *controller,
                                             size_t index,
                                             char *name,
                                             size_t name_size);

/*
 Name of a foot, likewise.
 */
enum SinewStatus sinew_controller_foot_name(const struct SinewController *controller,
                                            size_t index,
                                            char *name,
                                            size_t name_size);

/*
 Begins: the loop at the time of the next update. A robot that was stopped stays so until the stop is cleared, and is then started on request
 alone. `SINEW_STATUS_NOT_READY` says that the loop of this activation is still to be made, by
 `sinew_controller_supervise`. May wait for a file that is being written. For the host's thread.
 */
enum SinewStatus sinew_controller_activate(const struct SinewController *controller);

/*
 One update of the host, at `now_nanos`: hands on what was measured, ticks where the loop is due, and gives what the
 drives are to do until the next. Whatever it returns, `command` has been written where it is one: where anything is
 wrong it damps, and without a controller it is limp. Does not wait, lock, log or allocate. For the host's thread.
 */
enum SinewStatus sinew_controller_update(const struct SinewController *controller,
                                         uint64_t now_nanos,
                                         const struct SinewReadings *readings,
                                         const struct SinewCommand *command);

/*
 Ends: the robot is in its safe action, and `command` is the last of this activation, which may stay
 for ever: it has no torque of its own. What is latched stays latched. Nothing where the controller is not active.
 For the host's thread.
 */
enum SinewStatus sinew_controller_deactivate(const struct SinewController *controller,
                                             const struct SinewCommand *command);

/*
 The version of this interface that the library has: a host that was compiled with another `SINEW_ABI_VERSION` must
 not use it.
 */
uint32_t sinew_abi_version(void);

/*
 From now on `log` is told what Sinew logs in this process, with `user` and in any thread; null for nobody. Returns
 once nobody is being told any more who was told before.
 */
enum SinewStatus sinew_set_log(SinewLog log, void *user);

/*
 Makes a controller, which moves nothing yet. On an error `controller` becomes null, and `error`, of `error_size`
 bytes, says why: which file, which key, what was expected and what was found. Takes its time: files are read, and the
 policy is loaded and tried.
 */
enum SinewStatus sinew_controller_create(const struct SinewOptions *options,
                                         struct SinewController **controller,
                                         char *error,
                                         size_t error_size);

/*
 Ends a controller and makes the caller's pointer null; nothing where it is null already. What is latched is kept.
 Deactivate it first: an active controller cannot write its safe action any more.
 */
enum SinewStatus sinew_controller_destroy(struct SinewController **controller);

/*
 Says what the controller needs of its host.
 */
enum SinewStatus sinew_controller_describe(const struct SinewController *controller,
                                           struct SinewDescription *description);

/*
 Name of a joint, in the order of all arrays, into `name` of `name_size` bytes.
 */
enum SinewStatus sinew_controller_joint_name(const struct SinewController *controller,
                                             size_t index,
                                             char *name,
                                             size_t name_size);

/*
 Name of a foot, likewise.
 */
enum SinewStatus sinew_controller_foot_name(const struct SinewController *controller,
                                            size_t index,
                                            char *name,
                                            size_t name_size);

/*
 Begins: the loop at the time of the next update. A robot that was stopped stays so until the stop is cleared, and is then started on request
 alone. `SINEW_STATUS_NOT_READY` says that the loop of this activation is still to be made, by
 `sinew_controller_supervise`. May wait for a file that is being written. For the host's thread.
 */
enum SinewStatus sinew_controller_activate(const struct SinewController *controller);

/*
 One update of the host, at `now_nanos`: hands on what was measured, ticks where the loop is due, and gives what the
 drives are to do until the next. Whatever it returns, `command` has been written where it is one: where anything is
 wrong it damps, and without a controller it is limp. Does not wait, lock, log or allocate. For the host's thread.
 */
enum SinewStatus sinew_controller_update(const struct SinewController *controller,
                                         uint64_t now_nanos,
                                         const struct SinewReadings *readings,
                                         const struct SinewCommand *command);

/*
 Ends: the robot is in its safe action, and `command` is the last of this activation, which may stay
 for ever: it has no torque of its own. What is latched stays latched. Nothing where the controller is not active.
 For the host's thread.
 */
enum SinewStatus sinew_controller_deactivate(const struct SinewController *controller,
                                             const struct SinewCommand *command);

/*
 Asks for a velocity of the base: m/s forwards and leftwards, rad/s counter-clockwise. Also feeds the deadman, so it is
 to be repeated. From any thread.
 */
enum SinewStatus sinew_controller_command_velocity(const struct SinewController *controller,
                                                   double lin_vel_x,
                                                   double lin_vel_y,
                                                   double ang_vel_z);

/*
 Multiplies the velocities that are asked for after this with a number from 0 to 1, for whoever looks after the
 machine. From any thread that may wait.
 */
enum SinewStatus sinew_controller_scale_velocity(const struct SinewController *controller, double scale);

/*
 Stops the robot at its next tick, or latches the stop for the next activation. `message`, of `message_size` bytes or
 null, gets a sentence for people, in this function as in the next three. From any thread that may wait.
 */
enum SinewStatus sinew_controller_stop(const struct SinewController *controller, char *message, size_t message_size);

/*
 Forgets a stop: the robot damps until it is started.
 */
enum SinewStatus sinew_controller_clear_stop(const struct SinewController *controller,
                                             char *message,
                                             size_t message_size);

/*
 Damp, stand up, run. Refused while a stop is latched.
 */
enum SinewStatus sinew_controller_start(const struct SinewController *controller, char *message, size_t message_size);

/*
 Back to damping, without a fault.
 */
enum SinewStatus sinew_controller_damp(const struct SinewController *controller, char *message, size_t message_size);

/*
 Follows the loop: keeps what is latched, lets the robot stand up, logs what changes, and makes the loop of the next
 activation. To be called about every 20 ms from a thread that may wait, as long as the controller lives: without it no
 robot stands up.
 */
enum SinewStatus sinew_controller_supervise(const struct SinewController *controller);

/*
 What the loop did when it was followed last. From any thread that may wait.
 */
enum SinewStatus sinew_controller_mode(const struct SinewController *controller, enum SinewMode *mode);

/*
 Why the robot is stopped, into `reason` of `reason_size` bytes; empty where no stop is latched. From any thread that
 may wait.
 */
enum SinewStatus sinew_controller_stop_reason(const struct SinewController *controller,
                                              char *reason,
                                              size_t reason_size);

/*
 Tells what the node `control` tells on `/diagnostics`, of a host of the name `name` whose velocity command so many
 publish: each status, and after it its values. The visitors get `user`. From any thread that may wait.
 */
enum SinewStatus sinew_controller_diagnostics(const struct SinewController *controller,
                                              const char *name,
                                              size_t commanders,
                                              SinewStatusVisitor status,
                                              SinewValueVisitor value,
                                              void *user);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SINEW_CONTROLLER_H */
