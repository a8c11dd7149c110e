#!/bin/sh
# A trained policy becomes a release: evaluated, published to a share of robots, watched, widened or halted. What the workflows
# beside it run, and what anybody can run by hand.
#
#   ROBOT       the robot's parameter files, separated by spaces
#   NAME        name of the release, such as strider_walk
#   REPO, KEYS  the repository's place, and the folder of the keys
#   CHANNEL     who gets it (stable)          ROLLOUT   how many of them at first (10%)
#   EPISODES    how many are walked (200)     SEED      which ones (1)
#   SECONDS_EACH  how long each episode is, s (20)
#   BOARD       what `sinew doctor --json` wrote on the robot's board, to walk with its latency; empty for none
#   ROOT        the root that robots trust ($KEYS/root.json)
#   SIGN_WITH   a key of the team's own besides the repository's, PEM; empty for none
#   BROKER or REPORTS   where robots tell how they fare; empty: nothing is watched
#   SOAK        how long each share is looked at, s (86400)    EVERY   how often it is decided, s (60)
#
# Exit code 0: published, and where it was watched, with all robots. Other codes: `sinew`'s own; 5: the rollout was halted.
set -eu
model=${1:?usage: release_model.sh WALK.onnx}
: "${ROBOT:?the robot\'s parameter files}" "${NAME:?name of the release}" "${REPO:?the repository}" "${KEYS:?folder of the keys}"
sinew=${SINEW:-sinew}
report=${REPORT:-eval.json}

step() { printf '\n== %s\n' "$1" >&2; }

step "1 of 4: does it walk? ${EPISODES:-200} episodes"
# Word splitting is meant: files add up.
# shellcheck disable=SC2086
"$sinew" eval $ROBOT --policy "$model" --episodes "${EPISODES:-200}" --seed "${SEED:-1}" --seconds "${SECONDS_EACH:-20}" \
    --json "$report" ${BOARD:+--latency-from "$BOARD"}

step "2 of 4: published, where its report reaches the bar of the channel ${CHANNEL:-stable}"
"$sinew" release publish "$model" --name "$NAME" --repo "$REPO" --keys "$KEYS" --report "$report" \
    --channel "${CHANNEL:-stable}" --rollout "${ROLLOUT:-10%}" ${SIGN_WITH:+--sign-with "$SIGN_WITH"}

step "3 of 4: as a robot sees it"
"$sinew" release list --repo "$REPO" --root "${ROOT:-$KEYS/root.json}"

if [ -z "${BROKER:-}${REPORTS:-}" ]; then
    step "4 of 4: not watched: neither BROKER nor REPORTS is set. \`sinew fleet control $NAME\` goes on with it"
    exit 0
fi
step "4 of 4: wider where robots do well, halted where they do not"
"$sinew" fleet control "$NAME" --until-done --repo "$REPO" --keys "$KEYS" --soak "${SOAK:-86400}" --every "${EVERY:-60}" \
    ${BROKER:+--broker "$BROKER"} ${REPORTS:+--reports "$REPORTS"}
