# Two of moto, an S3-compatible server that keeps everything in memory:
#   s3          tells signed from unsigned requests by their form; buckets `orders` and, readable by all, `open`
#   s3_checked  checks every signature and what its user may do; bucket `orders`; a key that may do all, and one that only reads

start_moto() {
  moto=$CARGO_TARGET_DIR/python/bin
  [[ -x $moto/moto_server ]] || fail "moto is missing: please run script/setup test"
  read -r -d '' s3_port s3_checked_port < <(free_ports 2) || true
  mkdir "$folder/moto"
  launch_moto s3 "$s3_port"
  launch_moto s3_checked "$s3_checked_port"
  await "moto" "$folder/s3.log" port_answers "$s3_port"
  await "moto" "$folder/s3_checked.log" port_answers "$s3_checked_port"
  s3_described=$("$moto/python" -I "$here/moto.py" "$s3_port" "$s3_checked_port") || fail "could not fill the buckets"
}

# launch_moto NAME PORT
launch_moto() {
  launch "$folder/$1.log" env INITIAL_NO_AUTH_ACTION_COUNT=inf AWS_EC2_METADATA_DISABLED=true HOME="$folder/moto" \
    "$moto/moto_server" -H 127.0.0.1 -p "$2"
}

describe_moto() { printf '%s' "$s3_described"; }
