/* A host in C. `misuse`: calls everything wrongly, and says what is not answered as it should be. `walk`: is told over
 * its input what the robot measures and what an operator asks, and tells over its output what the drives are to do. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sinew_controller.h"

#define MOST_JOINTS 64

static int failures = 0;

#define EXPECT(what, expected)                                                       \
  do {                                                                               \
    long found = (long)(what);                                                       \
    if (found != (long)(expected)) {                                                 \
      fprintf(stderr, "%d: %s: expected %ld, found %ld\n", __LINE__, #what, (long)(expected), found); \
      failures++;                                                                    \
    }                                                                                \
  } while (0)

static void log_line(void *user, SinewLevel level, const char *line) {
  (void)user;
  fprintf(stderr, "[%d] %s\n", (int)level, line);
}

static SinewOptions options(const char *const *files, uint32_t interfaces, double update_rate_hz) {
  SinewOptions options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.robot_files = files;
  options.robot_file_count = 1;
  options.name = "/sinew_controller";
  options.interfaces = interfaces;
  options.simulated = 1;
  options.update_rate_hz = update_rate_hz;
  return options;
}

struct drives {
  double position[MOST_JOINTS], velocity[MOST_JOINTS], effort[MOST_JOINTS], kp[MOST_JOINTS], kd[MOST_JOINTS];
};

static SinewCommand into(struct drives *drives, size_t joints) {
  SinewCommand command = {sizeof command, joints, drives->position, drives->velocity, drives->effort, drives->kp, drives->kd};
  return command;
}

static size_t statuses = 0, values = 0;

static void count_status(void *user, SinewLevel level, const char *name, const char *message, const char *hardware_id) {
  (void)user, (void)level, (void)message, (void)hardware_id;
  statuses += strncmp(name, "sinew_controller: ", 18) == 0;
}

static void count_value(void *user, const char *key, const char *value) {
  (void)user, (void)value;
  values += key[0] != 0;
}

static int misuse(const char *file) {
  const char *files[] = {file};
  char text[512];
  SinewController *controller = NULL;
  SinewOptions good = options(files, SINEW_INTERFACES_IMPEDANCE, 200.0), bad;

  EXPECT(sinew_abi_version(), SINEW_ABI_VERSION);
  EXPECT(sinew_controller_create(NULL, &controller, text, sizeof text), SINEW_STATUS_POINTER);
  EXPECT(sinew_controller_create(&good, NULL, text, sizeof text), SINEW_STATUS_POINTER);
  EXPECT(sinew_controller_create(&good, &controller, text, 0), SINEW_STATUS_SIZE);
  bad = good, bad.struct_size = 8;
  EXPECT(sinew_controller_create(&bad, &controller, text, sizeof text), SINEW_STATUS_SIZE);
  bad = good, bad.interfaces = 7;
  EXPECT(sinew_controller_create(&bad, &controller, text, sizeof text), SINEW_STATUS_VALUE);
  bad = good, bad.simulated = 2;
  EXPECT(sinew_controller_create(&bad, &controller, text, sizeof text), SINEW_STATUS_VALUE);
  bad = good, bad.robot_files = NULL;
  EXPECT(sinew_controller_create(&bad, &controller, text, sizeof text), SINEW_STATUS_POINTER);
  bad = good, bad.robot_file_count = (size_t)-1;
  EXPECT(sinew_controller_create(&bad, &controller, text, sizeof text), SINEW_STATUS_SIZE);
  bad = good, bad.name = NULL;
  EXPECT(sinew_controller_create(&bad, &controller, text, sizeof text), SINEW_STATUS_POINTER);
  bad = good, bad.robot_file_count = 0;
  EXPECT(sinew_controller_create(&bad, &controller, text, sizeof text), SINEW_STATUS_REFUSED);
  bad = good, bad.update_rate_hz = 300.0;
  EXPECT(sinew_controller_create(&bad, &controller, text, sizeof text), SINEW_STATUS_REFUSED);
  EXPECT(strstr(text, "`rate_hz`: expected 300 Hz") != NULL, 1);
  bad.update_rate_hz = NAN;
  EXPECT(sinew_controller_create(&bad, &controller, text, sizeof text), SINEW_STATUS_REFUSED);
  const char *missing[] = {"no/such/robot.yaml"};
  bad = good, bad.robot_files = missing;
  EXPECT(sinew_controller_create(&bad, &controller, text, sizeof text), SINEW_STATUS_REFUSED);
  EXPECT(strstr(text, "no/such/robot.yaml") != NULL, 1);
  char little[8];
  EXPECT(sinew_controller_create(&bad, &controller, little, sizeof little), SINEW_STATUS_REFUSED);
  EXPECT(strlen(little), sizeof little - 1);
  EXPECT(controller == NULL, 1);

  struct drives drives;
  double zeros[MOST_JOINTS] = {0}, imu[SINEW_IMU_NUMBERS] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 9.81};
  for (size_t j = 0; j < MOST_JOINTS; j++) drives.effort[j] = drives.kp[j] = drives.kd[j] = drives.velocity[j] = 9.0;
  SinewCommand command = into(&drives, 4);
  SinewReadings readings = {sizeof readings, 4, zeros, zeros, zeros, imu, NULL, 0, NULL};
  /* Nobody tells what to do: limp. */
  EXPECT(sinew_controller_update(NULL, 1, &readings, &command), SINEW_STATUS_POINTER);
  EXPECT(drives.effort[3] == 0.0 && drives.kp[3] == 0.0 && drives.kd[3] == 0.0 && drives.velocity[3] == 0.0, 1);
  EXPECT(drives.kp[4] == 9.0, 1);
  EXPECT(sinew_controller_activate(NULL), SINEW_STATUS_POINTER);
  EXPECT(sinew_controller_supervise(NULL), SINEW_STATUS_POINTER);
  EXPECT(sinew_controller_stop(NULL, NULL, 0), SINEW_STATUS_POINTER);
  EXPECT(sinew_controller_command_velocity(NULL, 0, 0, 0), SINEW_STATUS_POINTER);
  EXPECT(sinew_controller_destroy(NULL), SINEW_STATUS_POINTER);

  EXPECT(sinew_controller_create(&good, &controller, NULL, 0), SINEW_STATUS_OK);
  SinewDescription description = {sizeof description, 0, 0, 0, 0, 0};
  EXPECT(sinew_controller_describe(controller, NULL), SINEW_STATUS_POINTER);
  EXPECT(sinew_controller_describe(controller, &description), SINEW_STATUS_OK);
  EXPECT(description.rate_hz, 200);
  size_t joints = description.joint_count;
  EXPECT(sinew_controller_joint_name(controller, joints, text, sizeof text), SINEW_STATUS_SIZE);
  EXPECT(sinew_controller_joint_name(controller, 0, text, 0), SINEW_STATUS_SIZE);
  EXPECT(sinew_controller_joint_name(controller, 0, text, sizeof text), SINEW_STATUS_OK);
  EXPECT(sinew_controller_foot_name(controller, 0, text, sizeof text), SINEW_STATUS_SIZE);
  SinewMode mode;
  EXPECT(sinew_controller_mode(controller, NULL), SINEW_STATUS_POINTER);
  EXPECT(sinew_controller_mode(controller, &mode), SINEW_STATUS_OK);
  EXPECT(mode, SINEW_MODE_INACTIVE);

  /* Not active: damping, and nothing to deactivate. */
  command = into(&drives, joints);
  readings.joint_count = joints;
  EXPECT(sinew_controller_update(controller, 5000000, &readings, &command), SINEW_STATUS_STATE);
  EXPECT(drives.kp[0] == 0.0 && drives.kd[0] > 0.0 && drives.effort[0] == 0.0, 1);
  EXPECT(sinew_controller_deactivate(controller, &command), SINEW_STATUS_OK);
  EXPECT(sinew_controller_deactivate(controller, NULL), SINEW_STATUS_POINTER);
  EXPECT(sinew_controller_start(controller, text, sizeof text), SINEW_STATUS_REFUSED);

  EXPECT(sinew_controller_activate(controller), SINEW_STATUS_OK);
  EXPECT(sinew_controller_activate(controller), SINEW_STATUS_STATE);
  EXPECT(sinew_controller_update(controller, 15000000, &readings, &command), SINEW_STATUS_OK);
  command.kp = NULL;
  EXPECT(sinew_controller_update(controller, 20000000, &readings, &command), SINEW_STATUS_POINTER);
  command = into(&drives, joints + 1);
  EXPECT(sinew_controller_update(controller, 25000000, &readings, &command), SINEW_STATUS_SIZE);
  command = into(&drives, joints), command.struct_size = 1;
  EXPECT(sinew_controller_update(controller, 30000000, &readings, &command), SINEW_STATUS_SIZE);
  command = into(&drives, joints), command.position = (double *)((char *)drives.position + 1);
  EXPECT(sinew_controller_update(controller, 35000000, &readings, &command), SINEW_STATUS_POINTER);
  command = into(&drives, joints);
  EXPECT(sinew_controller_update(controller, 40000000, NULL, &command), SINEW_STATUS_POINTER);
  EXPECT(drives.kp[0] == 0.0 && drives.kd[0] > 0.0, 1);
  EXPECT(sinew_controller_command_velocity(controller, NAN, 0, 0), SINEW_STATUS_VALUE);
  EXPECT(sinew_controller_scale_velocity(controller, 1.5), SINEW_STATUS_VALUE);
  EXPECT(sinew_controller_scale_velocity(controller, 0.5), SINEW_STATUS_OK);
  EXPECT(sinew_controller_supervise(controller), SINEW_STATUS_OK);
  EXPECT(sinew_controller_diagnostics(controller, NULL, 1, count_status, count_value, NULL), SINEW_STATUS_POINTER);
  EXPECT(sinew_controller_diagnostics(controller, "sinew_controller", 1, NULL, count_value, NULL), SINEW_STATUS_POINTER);
  EXPECT(sinew_controller_diagnostics(controller, "sinew_controller", 1, count_status, count_value, NULL), SINEW_STATUS_OK);
  EXPECT(statuses, 4);
  EXPECT(values > 10, 1);

  /* A stop twice is one stop, and outlives two activations. */
  EXPECT(sinew_controller_stop(controller, text, sizeof text), SINEW_STATUS_OK);
  EXPECT(sinew_controller_stop(controller, text, sizeof text), SINEW_STATUS_OK);
  EXPECT(sinew_controller_stop(controller, little, 0), SINEW_STATUS_SIZE);
  EXPECT(sinew_controller_update(controller, 45000000, &readings, &command), SINEW_STATUS_OK);
  EXPECT(sinew_controller_deactivate(controller, &command), SINEW_STATUS_OK);
  EXPECT(sinew_controller_activate(controller), SINEW_STATUS_NOT_READY);
  EXPECT(sinew_controller_supervise(controller), SINEW_STATUS_OK);
  EXPECT(sinew_controller_activate(controller), SINEW_STATUS_OK);
  EXPECT(sinew_controller_update(controller, 65000000, &readings, &command), SINEW_STATUS_OK);
  EXPECT(sinew_controller_update(controller, 70000000, &readings, &command), SINEW_STATUS_OK);
  EXPECT(sinew_controller_supervise(controller), SINEW_STATUS_OK);
  EXPECT(sinew_controller_mode(controller, &mode), SINEW_STATUS_OK);
  EXPECT(mode, SINEW_MODE_STOPPED);
  EXPECT(sinew_controller_stop_reason(controller, text, sizeof text), SINEW_STATUS_OK);
  EXPECT(strstr(text, "operator_stop") != NULL, 1);
  EXPECT(sinew_controller_start(controller, text, sizeof text), SINEW_STATUS_REFUSED);
  EXPECT(sinew_controller_clear_stop(controller, text, sizeof text), SINEW_STATUS_OK);
  EXPECT(sinew_controller_start(controller, text, sizeof text), SINEW_STATUS_OK);

  /* Active, without a deactivation. */
  EXPECT(sinew_controller_destroy(&controller), SINEW_STATUS_OK);
  EXPECT(controller == NULL, 1);
  EXPECT(sinew_controller_destroy(&controller), SINEW_STATUS_OK);
  EXPECT(getenv("ORT_DISABLE_TELEMETRY") != NULL, 1);
  return failures;
}

/* What is asked of the host in one step. */
enum { ACTIVATE = 1, UPDATE = 2, DEACTIVATE = 4, SUPERVISE = 8, STOP = 16, CLEAR = 32, START = 64, DAMP = 128, COMMAND = 256 };

static void take(double *numbers, size_t count) {
  if (fread(numbers, sizeof *numbers, count, stdin) != count) exit(0);
}

static int walk(const char *file, uint32_t interfaces, double update_rate_hz) {
  const char *files[] = {file};
  char text[1024];
  SinewController *controller;
  SinewOptions asked = options(files, interfaces, update_rate_hz);
  if (sinew_controller_create(&asked, &controller, text, sizeof text) != SINEW_STATUS_OK) {
    fprintf(stderr, "%s\n", text);
    return 1;
  }
  SinewDescription description = {sizeof description, 0, 0, 0, 0, 0};
  sinew_controller_describe(controller, &description);
  size_t joints = description.joint_count;
  struct drives drives;
  memset(&drives, 0, sizeof drives);
  SinewCommand command = into(&drives, joints);
  for (;;) {
    double head[5], imu[SINEW_IMU_NUMBERS], joint[3][MOST_JOINTS];
    take(head, 5);
    take(imu, SINEW_IMU_NUMBERS);
    for (int part = 0; part < 3; part++) take(joint[part], joints);
    unsigned flags = (unsigned)head[0];
    uint64_t now = (uint64_t)head[1];
    SinewReadings readings = {sizeof readings, joints, joint[0], joint[1], joint[2], imu, NULL, 0, NULL};
    SinewStatus status = SINEW_STATUS_OK;
    SinewMode mode;
    if (flags & STOP) status = sinew_controller_stop(controller, text, sizeof text);
    if (flags & CLEAR) status = sinew_controller_clear_stop(controller, text, sizeof text);
    if (flags & START) status = sinew_controller_start(controller, text, sizeof text);
    if (flags & DAMP) status = sinew_controller_damp(controller, text, sizeof text);
    if (flags & COMMAND) sinew_controller_command_velocity(controller, head[2], head[3], head[4]);
    if (flags & SUPERVISE) sinew_controller_supervise(controller);
    if (flags & ACTIVATE) status = sinew_controller_activate(controller);
    if (flags & UPDATE) status = sinew_controller_update(controller, now, &readings, &command);
    if (flags & DEACTIVATE) status = sinew_controller_deactivate(controller, &command);
    sinew_controller_mode(controller, &mode);
    double answer[2] = {status, mode};
    fwrite(answer, sizeof *answer, 2, stdout);
    const double *parts[] = {drives.position, drives.velocity, drives.effort, drives.kp, drives.kd};
    for (int part = 0; part < 5; part++) fwrite(parts[part], sizeof(double), joints, stdout);
    fflush(stdout);
  }
}

int main(int argc, char **argv) {
  sinew_set_log(log_line, NULL);
  if (argc == 3 && strcmp(argv[1], "misuse") == 0) return misuse(argv[2]);
  if (argc == 5 && strcmp(argv[1], "walk") == 0) return walk(argv[2], (uint32_t)atoi(argv[3]), atof(argv[4]));
  return 2;
}
