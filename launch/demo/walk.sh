#!/usr/bin/env bash
# Strider walks on ROS 2: simulator, controller and commander are a process each, and a Python program
# watches them and steers. Needs ROS 2 in the environment and a `sinew` built with it:
#
#     eval "$(cargo xtask ros env)"      # or: source /opt/ros/jazzy/setup.bash
#     cargo xtask ros build
#     launch/demo/walk.sh                # ROS arguments for all nodes may follow: -p sim:mass_scale:=1.1
#
# Ends with 0 where the walk was as told and every node ended well.
set -u
cd "$(dirname "$0")/../.." || exit

sinew=${SINEW:-target/release/sinew}
python=${SINEW_ROS_PYTHON:-python3}
robot=launch/robots/strider.yaml
arguments=("$@")
logs=${TMPDIR:-/tmp}/sinew-demo.$$
mkdir -p "$logs" || exit
# The robot is simulated: a stop of an earlier demo is none of this one's.
export XDG_STATE_HOME=$logs/state

declare -A node
start() { # NAME: runs one node in a process of its own
    "$sinew" up "$robot" --bus ros2 --nodes "$1" --ros-args "${arguments[@]}" >"$logs/$1.log" 2>&1 &
    node[$1]=$!
}

ended_well=yes
end() { # NAME: asks a node to end, as Ctrl-C does, and waits for it
    kill -INT "${node[$1]}" 2>/dev/null
    wait "${node[$1]}"
    local code=$?
    unset "node[$1]"
    if [ $code = 0 ]; then
        echo "  ok   $1 ended with 0"
    else
        echo "  FAIL $1 ended with $code: see $logs/$1.log"
        ended_well=no
    fi
}
# Whatever happens, no node is left behind.
trap 'kill -INT "${node[@]}" 2>/dev/null; wait' EXIT
trap 'exit 130' INT TERM

echo "Starting sim, control and course, a process each (logs in $logs)"
for name in sim control course; do start $name; done

"$python" launch/demo/steer.py
steered=$?

echo "Ending all three with SIGINT"
# The controller first: it brings the robot into its safe action while there is a robot.
for name in control course sim; do end $name; done

if [ $steered = 0 ] && [ $ended_well = yes ]; then
    rm -r "$logs"
    echo "All as it should be."
else
    echo "Something was not as it should be. The nodes' last words:"
    tail -n 8 "$logs"/*.log
    exit 1
fi
