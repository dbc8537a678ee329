#!/bin/sh
# Deploys, and moves executions to the new version step by step:
#
#     sh deploy.sh CANARY -var-file=environments/prod.tfvars
#
# ALL_AT_ONCE  all of them at once
# CANARY       10 % of them, and all after 5 minutes
# LINEAR       10 % more every 5 minutes
#
# An alarm that goes off meanwhile, or that cannot be read, sends all of them back to the version before, and the script fails.
# What follows the first word goes to terraform.
set -eu
cd "$(dirname "$0")"

how=${1:-CANARY}
[ "$#" -eq 0 ] || shift
interval=${INTERVAL_SECONDS:-300}
look=${LOOK_SECONDS:-30}

case $how in
  ALL_AT_ONCE) weights= ;;
  CANARY) weights=10 ;;
  LINEAR) weights='10 20 30 40 50 60 70 80 90' ;;
  *)
    echo "deploy.sh: write ALL_AT_ONCE, CANARY or LINEAR first" >&2
    exit 2
    ;;
esac

apply() {
  terraform apply -input=false -auto-approve "$@"
}

# Names of the alarms that are on; nothing where all is well.
alarms_on() {
  # The names have no blanks.
  # shellcheck disable=SC2086
  aws cloudwatch describe-alarms --region "$region" --alarm-names $alarms --state-value ALARM \
    --query 'MetricAlarms[].AlarmName' --output text || echo 'alarms that cannot be read'
}

alias=$(terraform output -raw alias_arn 2>/dev/null) || alias=
case $alias in
  arn:*) ;;
  *)
    # Nothing is there yet: there is no version to move from.
    apply "$@"
    exit
    ;;
esac
if [ -z "$weights" ]; then
  apply "$@"
  exit
fi

# What most executions run now, which is not the newest version when that one was sent back.
region=$(echo "$alias" | cut -d: -f4)
before=$(aws stepfunctions describe-state-machine-alias --region "$region" --state-machine-alias-arn "$alias" \
  --query 'max_by(routingConfiguration, &weight).stateMachineVersionArn' --output text)

# The new version is made first; the alias stays where it is.
apply -target=aws_sfn_state_machine.machine "$@"
new=$(terraform output -raw version_arn)
if [ "$new" = "$before" ]; then
  apply "$@"
  exit
fi

move() {
  weight=$1
  shift
  apply -var "previous_version_arn=$before" -var "new_version_weight=$weight" "$@"
}

# All but the alias is deployed before an execution moves.
move 0 "$@"
alarms=$(terraform output -raw rollback_alarms)
for weight in $weights; do
  move "$weight" "$@"
  waited=0
  while [ "$waited" -lt "$interval" ]; do
    sleep "$look"
    waited=$((waited + look))
    on=$(alarms_on)
    if [ -n "$on" ]; then
      move 0 "$@"
      echo "deploy.sh: $on: all executions go to $before again" >&2
      exit 1
    fi
  done
done
apply "$@"
