# Prometheus Alertmanager, alone and without anybody to tell: it keeps the alerts that it is given.

start_alertmanager() {
  alertmanager_port=$(free_ports 1)
  mkdir "$folder/alertmanager"
  printf 'route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n' >"$folder/alertmanager/alertmanager.yml"
  launch "$folder/alertmanager.log" prometheus-alertmanager --config.file="$folder/alertmanager/alertmanager.yml" \
    --storage.path="$folder/alertmanager" --web.listen-address="127.0.0.1:$alertmanager_port" --cluster.listen-address=
  await Alertmanager "$folder/alertmanager.log" port_answers "$alertmanager_port"
}

describe_alertmanager() {
  printf '"alertmanager": { "url": "http://127.0.0.1:%s" }' "$alertmanager_port"
}
