"""Makes the buckets and keys of the two moto servers, and prints their part of TEST_SERVICES."""

import json
import sys
import urllib.request

import boto3


def client(service, port):
    return boto3.client(
        service, endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1",
        aws_access_key_id="anyone", aws_secret_access_key="anything",
    )


def key(iam, user, actions):
    iam.create_user(UserName=user)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    iam.put_user_policy(UserName=user, PolicyName=user, PolicyDocument=json.dumps(policy))
    made = iam.create_access_key(UserName=user)["AccessKey"]
    return {"access_key_id": made["AccessKeyId"], "secret_access_key": made["SecretAccessKey"]}


def main(port, checked_port):
    open_to_all = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::open/*"},
    ]}
    s3 = client("s3", port)
    s3.create_bucket(Bucket="orders")
    s3.create_bucket(Bucket="open")
    s3.put_bucket_policy(Bucket="open", Policy=json.dumps(open_to_all))

    client("s3", checked_port).create_bucket(Bucket="orders")
    iam = client("iam", checked_port)
    writer = key(iam, "writer", ["s3:*"])
    reader = key(iam, "reader", ["s3:GetObject", "s3:HeadBucket", "s3:ListBucket"])
    # From here on every request must be signed by one of them.
    checks = urllib.request.Request(
        f"http://127.0.0.1:{checked_port}/moto-api/reset-auth", data=b"0", method="POST",
        headers={"Content-Type": "application/octet-stream"},
    )
    urllib.request.urlopen(checks, timeout=10).read()

    described = {"endpoint": f"http://127.0.0.1:{port}", "checked_endpoint": f"http://127.0.0.1:{checked_port}",
                 "region": "us-east-1", "bucket": "orders", "open_bucket": "open", "writer": writer, "reader": reader}
    print(f'"s3": {json.dumps(described)}')


main(*sys.argv[1:])
