# Two of nsd, on one port of 127.0.0.1 and of 127.0.0.2, both authoritative for these zones (and nothing else):
#   orders.test   the same on both: www A, fast A with a TTL of 5 s, mail MX, note TXT
#   split.test    another address for www on the second
#   lame.test     the second does not know it

start_nsd() {
  nsd_port=$(free_ports 1)
  launch_nsd 127.0.0.1 orders.test split.test lame.test
  launch_nsd 127.0.0.2 orders.test split.test
}

# launch_nsd ADDRESS ZONE...
launch_nsd() {
  local address=$1 zone place=$folder/nsd-$1
  shift
  mkdir "$place"
  {
    nsd_settings "$address" "$place"
    for zone in "$@"; do
      nsd_zone "$zone" "$address" >"$place/$zone"
      printf 'zone:\n  name: "%s"\n  zonefile: "%s"\n' "$zone" "$place/$zone"
    done
  } >"$place/nsd.conf"
  launch "$place.log" nsd -d -c "$place/nsd.conf"
  await "nsd at $address" "$place.log" bash -c "exec 3<>/dev/tcp/$address/$nsd_port"
}

nsd_settings() {
  cat <<CONF
server:
  ip-address: $1@$nsd_port
  username: ""
  zonesdir: "$2"
  database: ""
  pidfile: "$2/pid"
  xfrdfile: "$2/xfrd"
  zonelistfile: "$2/zones"
  xfrdir: "$2"
  server-count: 1
  reuseport: no
remote-control:
  control-enable: no
CONF
}

# nsd_zone ZONE ADDRESS
nsd_zone() {
  local www=192.0.2.7
  [[ $1 == split.test && $2 == 127.0.0.2 ]] && www=192.0.2.8
  cat <<ZONE
\$ORIGIN $1.
\$TTL 3600
@ SOA ns1 admin 1 3600 600 86400 60
@ NS ns1
@ NS ns2
ns1 A 127.0.0.1
ns2 A 127.0.0.2
www A $www
www A 192.0.2.6
fast 5 A 192.0.2.9
alias CNAME www
mail MX 10 mx.$1.
note TXT "v=spf1 -all" "Case Matters"
ZONE
}

describe_nsd() {
  cat <<JSON
"dns": { "port": $nsd_port, "resolver": "127.0.0.1:$nsd_port" }
JSON
}
