# A certificate authority for one run and the certificates it signs, all for localhost and 127.0.0.1:
#   good · ending (in five days) · expired (in 2020) · wrong_host (for wrong.example) · self_signed (by nobody)
# Each is $folder/NAME.pem with its key $folder/NAME.key; the authority is $folder/ca.pem.

make_certificates() {
  (
    cd "$folder"
    certificate_settings >openssl.cnf
    touch issued.txt
    exec 2>openssl.log # openssl reports its progress as errors

    new_key ca
    openssl req -x509 -config openssl.cnf -extensions authority -key ca.key -subj "/CN=Switchboard test authority" \
      -days 30 -out ca.pem
    new_key self_signed
    openssl req -x509 -config openssl.cnf -extensions local -key self_signed.key -subj "/CN=localhost" \
      -days 30 -out self_signed.pem

    sign good local -days 30
    sign ending local -days 5
    sign wrong_host elsewhere -days 30
    sign expired local -startdate 20200101000000Z -enddate 20200401000000Z
  ) || {
    cat "$folder/openssl.log" >&2
    fail "could not make the certificates; what openssl said is above"
  }
}

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; }

# sign NAME EXTENSIONS VALIDITY...
sign() {
  local name=$1 extensions=$2
  shift 2
  new_key "$name"
  openssl req -new -config openssl.cnf -key "$name.key" -subj "/CN=$name" -out "$name.csr"
  openssl ca -batch -notext -config openssl.cnf -extensions "$extensions" "$@" -in "$name.csr" -out "$name.pem"
}

certificate_settings() {
  cat <<CONF
[req]
distinguished_name = name
prompt = no
[name]
[ca]
default_ca = authority_files
[authority_files]
certificate = ca.pem
private_key = ca.key
database = issued.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any_name
unique_subject = no
[any_name]
commonName = supplied
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[local]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
[elsewhere]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:wrong.example
CONF
}
